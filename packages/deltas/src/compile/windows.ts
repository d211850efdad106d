const WINDOW = 32;
/** One window of this many is looked at, chosen by its content. */
const SAMPLE_BITS = 6;
const MULTIPLIER = 0x2c1b3c6d;

/** Bytes that one looked-at window stands for. */
export const SAMPLED: number = 2 ** SAMPLE_BITS;

const oldest = ((): number => {
  let power = 1;
  for (let i = 0; i < WINDOW; i++) power = Math.imul(power, MULTIPLIER);
  return power;
})();

/**
 * Hashes windows of a file. Which ones depends on what is in them alone, so they are the same wherever the same bytes lie.
 * @param visit takes the hash of each and where the window ends
 */
export function eachSampledWindow(bytes: Uint8Array, visit: (hash: number, end: number) => void): void {
  const limit = 2 ** (32 - SAMPLE_BITS);
  let rolling = 0;
  for (let i = 0; i < bytes.length; i++) {
    rolling = Math.imul(rolling, MULTIPLIER) + (bytes[i] as number) + 1;
    if (i < WINDOW) continue;
    rolling = (rolling - Math.imul(oldest, (bytes[i - WINDOW] as number) + 1)) | 0;
    const mixed = Math.imul(rolling ^ (rolling >>> 15), 0x85ebca6b) >>> 0;
    if (mixed < limit) visit(mixed, i + 1);
  }
}
