import { type Chunk, cutChunks } from './chunks.js';

/** A stretch of the new file that the old one has too. */
export interface Copy {
  /** Where in the new file. */
  readonly to: number;
  /** Where in the old file. */
  readonly from: number;
  readonly length: number;
}

/** Old chunks that are compared with one new chunk at most; more of the same hash are repetitions, or an attack. */
const TRIES = 8;

/**
 * Finds what a new file has in common with an old one: equal chunks, extended as far as the bytes around them are equal.
 * The copies are in the order of the new file and do not overlap there.
 */
export function findCopies(from: Uint8Array, to: Uint8Array): Copy[] {
  const index = new Map<number, Chunk[]>();
  for (const chunk of cutChunks(from)) {
    const others = index.get(chunk.hash);
    if (others === undefined) index.set(chunk.hash, [chunk]);
    else if (others.length < TRIES) others.push(chunk);
  }
  const copies: Copy[] = [];
  let done = 0;
  for (const chunk of cutChunks(to)) {
    if (chunk.start < done) continue;
    const length = chunk.end - chunk.start;
    const found = index
      .get(chunk.hash)
      ?.find((old) => old.end - old.start === length && equal(from, old.start, to, chunk.start, length));
    if (found === undefined) continue;
    let before = 0;
    while (chunk.start - before > done && found.start > before) {
      if (from[found.start - before - 1] !== to[chunk.start - before - 1]) break;
      before++;
    }
    let end = chunk.end;
    let old = found.end;
    while (end < to.length && old < from.length && from[old] === to[end]) {
      old++;
      end++;
    }
    copies.push({ to: chunk.start - before, from: found.start - before, length: end - chunk.start + before });
    done = end;
  }
  return copies;
}

function equal(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
