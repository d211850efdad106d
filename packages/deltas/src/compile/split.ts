import type { PartEntry } from './part-job.js';

/** An object that goes into some part. */
export interface PlannedEntry {
  readonly entry: PartEntry;
  /** Bytes that it takes in the part before compression, roughly. */
  readonly weight: number;
}

/** The entries of one part. */
export interface PlannedPart {
  readonly entries: PartEntry[];
  weight: number;
}

/** Bytes that an object takes in the operations and tables. */
const PER_OBJECT = 16;

/**
 * Spreads objects over parts in their order, each part holding `maxChunkSize` bytes or little more: what is made from an
 * old file closes a part that is full already, everything else one that it would overfill. There is one part at least.
 */
export function splitParts(planned: readonly PlannedEntry[], maxChunkSize: number): PlannedPart[] {
  let part: PlannedPart = { entries: [], weight: 0 };
  const parts = [part];
  for (const { entry, weight } of planned) {
    const full = part.weight + (entry.kind === 'difference' ? 0 : weight) > maxChunkSize;
    if (full && part.entries.length > 0) {
      part = { entries: [], weight: 0 };
      parts.push(part);
    }
    part.entries.push(entry);
    part.weight += weight + PER_OBJECT;
  }
  return parts;
}
