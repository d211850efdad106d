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
  /** How long compressing it takes, in no unit. */
  cost: number;
}

/** How much longer a byte of a whole file takes to compress than one of a bsdiff stream. */
const WHOLE_COST = 10;

/** Bytes that an object takes in the operations and tables. */
const PER_OBJECT = 16;

/**
 * Spreads objects over parts in their order, each part holding `maxChunkSize` bytes or little more: what is made from an
 * old file closes a part that is full already, everything else one that it would overfill. Where both kinds have so much
 * that there are several parts anyway, none has both, as they compress best in different ways. There is one part at least.
 */
export function splitParts(planned: readonly PlannedEntry[], maxChunkSize: number): PlannedPart[] {
  let part: PlannedPart = { entries: [], weight: 0, cost: 0 };
  const parts = [part];
  const several = planned.reduce((sum, { weight }) => sum + weight, 0) > 2 * maxChunkSize;
  for (const { entry, weight } of planned) {
    const difference = entry.kind === 'difference';
    const full = part.weight + (difference ? 0 : weight) > maxChunkSize;
    const other = several && (part.entries[0]?.kind === 'difference') !== difference;
    if ((full || other) && part.entries.length > 0) {
      part = { entries: [], weight: 0, cost: 0 };
      parts.push(part);
    }
    part.entries.push(entry);
    part.weight += weight + PER_OBJECT;
    part.cost += weight * (difference ? 1 : WHOLE_COST);
  }
  return parts;
}
