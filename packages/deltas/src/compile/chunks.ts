/** The parameters of "Rolling checksum and match search" of the delta format. */
const WINDOW = 64;
const OFFSET = 31;
const MASK = 8191;
const MAX_CHUNK = 32768;
const START_1 = WINDOW * OFFSET;
const START_2 = WINDOW * (WINDOW - 1) * OFFSET;

/** A stretch of a file that its content delimits. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  /** Of the bytes. */
  readonly hash: number;
}

/**
 * Cuts a file where a rolling checksum says so, thus at the same places wherever the same bytes are, 8 KiB apart on
 * average.
 */
export function cutChunks(bytes: Uint8Array): Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0; start < bytes.length; ) {
    const limit = Math.min(bytes.length, start + MAX_CHUNK);
    let s1 = START_1;
    let s2 = START_2;
    let hash = 0x811c9dc5;
    let end = start;
    while (end < limit) {
      const byte = bytes[end] as number;
      const dropped = end - start >= WINDOW ? (bytes[end - WINDOW] as number) : 0;
      s1 = (s1 + byte - dropped) | 0;
      s2 = (s2 + s1 - WINDOW * (dropped + OFFSET)) | 0;
      hash = Math.imul(hash ^ byte, 0x01000193);
      end++;
      if ((s2 & MASK) === MASK) break;
    }
    chunks.push({ start, end, hash });
    start = end;
  }
  return chunks;
}
