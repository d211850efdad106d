import type { OpenedDelta } from '../delta-applier.js';
import type { DeltaEstimate } from './options.js';

/** The sizes of a delta with the objects that it leaves out. */
export function estimateOf({ parts, fallbacks }: Pick<OpenedDelta, 'fallbacks' | 'parts'>): DeltaEstimate {
  const all = [...parts, ...fallbacks];
  return {
    parts: parts.length,
    fallbacks: fallbacks.length,
    size: all.reduce((sum, { size }) => sum + size, 0),
    uncompressedSize: all.reduce((sum, { usize }) => sum + usize, 0),
  };
}
