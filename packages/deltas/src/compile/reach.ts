import { eachSampledWindow, SAMPLED } from './windows.js';

/** Share of the bytes whose repetitions may be out of reach. */
const MISSED = 1 / 1024;
const TABLE_BITS = 20;

/**
 * How far back a compressor has to look to see what repeats in `bytes`: all of it but a thousandth, as far as that is
 * repeated at all. Answers a power of two.
 */
export function reachOf(bytes: Uint8Array): number {
  const hashes = new Uint32Array(2 ** TABLE_BITS);
  const ends = new Uint32Array(2 ** TABLE_BITS);
  /** Windows by the power of two that reaches from each to the last one that was equal. */
  const counts = new Uint32Array(33);
  eachSampledWindow(bytes, (hash, end) => {
    // Hashes that are looked at are small numbers: their lower bits are what differs.
    const slot = hash & (2 ** TABLE_BITS - 1);
    const last = ends[slot] as number;
    if (hashes[slot] === hash && last > 0) {
      const power = 32 - Math.clz32(end - last - 1);
      counts[power] = (counts[power] as number) + 1;
    }
    hashes[slot] = hash;
    ends[slot] = end;
  });
  let power = counts.length - 1;
  let missed = 0;
  for (; power > 0; power--) {
    missed += (counts[power] as number) * SAMPLED;
    if (missed > bytes.length * MISSED) break;
  }
  return 2 ** power;
}
