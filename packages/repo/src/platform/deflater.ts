import { Libdeflate } from '@ost/linux';
import { nodeDeflate } from './deflate.js';

/** Of less content every zlib makes the same bytes, and `ostree.sizes` of commits tells how many. */
const WORTHWHILE = 1024;

let libdeflate: Libdeflate | null | undefined;

/**
 * Packs content as archives hold it: with the system's libdeflate where it is installed, which is faster and denser, else
 * with Node's zlib. An object has its name from the content, so that either will do.
 * @param level 1 (fast) to 9 (small)
 * @returns bytes that the next call in this thread may overwrite
 */
export function deflateWhole(bytes: Uint8Array, level: number): Uint8Array {
  if (bytes.length < WORTHWHILE) return nodeDeflate.deflateRaw(bytes, level);
  if (libdeflate === undefined) libdeflate = Libdeflate.open();
  return (libdeflate ?? nodeDeflate).deflateRaw(bytes, level);
}
