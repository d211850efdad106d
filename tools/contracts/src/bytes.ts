/**
 * Bytes that look random but are the same in every run (a xorshift generator), so that a failure can be repeated.
 */
export function pseudoRandomBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}

/** Sizes around the block of SHA-256 and its padding, and one that is large. */
export const SIZES: readonly number[] = [
  0, 1, 2, 31, 32, 33, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 65_537,
];

/** One mebibyte. */
export const MIB: number = 2 ** 20;

/** Cuts bytes into pieces of uneven sizes, empty ones among them. */
export function pieces(bytes: Uint8Array, seed: number): Uint8Array[] {
  const result: Uint8Array[] = [new Uint8Array()];
  const lengths = pseudoRandomBytes(64, seed);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = (lengths[i % 64] as number) * (i % 3 === 0 ? 1 : 97);
    result.push(bytes.subarray(at, at + length));
    at += length;
  }
  return result;
}
