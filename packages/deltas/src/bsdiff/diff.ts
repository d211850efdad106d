import { differenceRecords } from './core.js';
import { layoutFor } from './layout.js';

const RECORD = 24;

/**
 * Makes a bsdiff stream ("bsdiff stream" of the delta format) that turns `from` into `to`: what the `B` operation of a
 * delta part refers to, not compressed.
 *
 * Synchronous, and takes time in proportion to the sizes, for any content: call it in a worker thread. For the memory that
 * it takes see {@link bsdiffMemory}. Throws an `OstError` with code `limit` if that would be more than 4 GiB or a file has
 * 2 GiB.
 */
export function bsdiff(from: Uint8Array, to: Uint8Array): Uint8Array {
  if (to.length === 0) return new Uint8Array(0);
  const records = differenceRecords(from, to, layoutFor(from.length, to.length));
  let size = 0;
  for (let i = 0; i < records.length; i += 3) size += RECORD + (records[i] as number) + (records[i + 1] as number);
  const stream = new Uint8Array(size);
  const view = new DataView(stream.buffer);
  let out = 0;
  let position = 0;
  let old = 0;
  for (let i = 0; i < records.length; i += 3) {
    const [add, copy, seek] = records.slice(i, i + 3) as [number, number, number];
    writeOffset(view, out, add);
    writeOffset(view, out + 8, copy);
    writeOffset(view, out + 16, seek);
    out += RECORD;
    for (let k = 0; k < add; k++) stream[out + k] = (to[position + k] as number) - (from[old + k] as number);
    out += add;
    position += add;
    stream.set(to.subarray(position, position + copy), out);
    out += copy;
    position += copy;
    old += add + seek;
  }
  return stream;
}

/**
 * Bytes that {@link bsdiff} takes for files of these sizes, beside the files themselves: copies of both, about 2.4 times
 * the old file for its index, and the stream, which has about the size of the new file. A thread keeps up to 64 MiB of it
 * for the next call.
 */
export function bsdiffMemory(fromSize: number, toSize: number): number {
  return layoutFor(fromSize, toSize).end + toSize;
}

/** A sign-magnitude 64-bit number. */
function writeOffset(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.abs(value), true);
  view.setUint32(at + 4, value < 0 ? 0x8000_0000 : 0, true);
}
