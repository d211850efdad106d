import { Libdeflate } from '@ost/linux';
import { nodeZlib } from './builtins.js';
import { nodeDeflate } from './deflate.js';
import { ZlibState } from './zlib-state.js';

/** Of less content every zlib makes the same bytes, and `ostree.sizes` of commits tells how many. */
const WORTHWHILE = 1024;

let libdeflate: Libdeflate | null | undefined;
const small = new Map<number, ZlibState | null>();
/** What is packed grows by a few bytes at most. */
const output = new Uint8Array(2 * WORTHWHILE);

/**
 * Packs content as archives hold it: with the system's libdeflate where it is installed, which is faster and denser, else
 * with Node's zlib. An object has its name from the content, so that either will do.
 * @param level 1 (fast) to 9 (small)
 * @returns bytes that the next call in this thread may overwrite
 */
export function deflateWhole(bytes: Uint8Array, level: number): Uint8Array {
  if (bytes.length < WORTHWHILE) return deflateSmall(bytes, level);
  if (libdeflate === undefined) libdeflate = Libdeflate.open();
  return (libdeflate ?? nodeDeflate).deflateRaw(bytes, level);
}

function deflateSmall(bytes: Uint8Array, level: number): Uint8Array {
  let zlib = small.get(level);
  if (zlib === undefined) small.set(level, (zlib = ZlibState.of(nodeZlib().createDeflateRaw({ level }))));
  if (zlib === null) return nodeDeflate.deflateRaw(bytes, level);
  return output.subarray(0, output.length - zlib.finish(bytes, output, output.length).room);
}
