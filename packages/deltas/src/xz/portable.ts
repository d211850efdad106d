import { checksumFromBytes, OstError, portableHash } from '@ost/objects';
import { corrupt } from '../errors.js';
import { throwIfAborted, Turns } from '../turns.js';
import type { XzBackend } from './backend.js';
import { crc32, crc64 } from './crc.js';
import { GrowingBytes } from './growing-bytes.js';
import type { XzBlock, XzLayout } from './inspect.js';
import { inspectXz } from './inspect.js';
import { Lzma2Decoder } from './lzma2-decoder.js';

/** Decodes xz in TypeScript, on the calling thread: slower than native code, but it runs everywhere. */
export const portableBackend: XzBackend = {
  name: 'portable',
  available: () => true,
  async decode(input, { size, write, signal }) {
    const stream = input.read(0, input.size);
    const layout = inspectXz(stream, { size, dictionary: Number.POSITIVE_INFINITY });
    const out = new GrowingBytes(size);
    const turns = new Turns(signal);
    for (const block of layout.blocks) {
      if (block.filters.length > 0) {
        throw new OstError('unsupported', `xz filter ${block.filters[0]} needs liblzma or the xz program`);
      }
      const start = out.length;
      const decoder = new Lzma2Decoder(stream, out);
      for (const chunk of block.chunks) {
        throwIfAborted(signal);
        decoder.decode(chunk);
        const turn = turns.take();
        if (turn !== undefined) await turn;
      }
      const decoded = out.bytes.subarray(start, out.length);
      verifyBlock(layout, block, decoded);
      write(decoded);
    }
  },
};

function verifyBlock({ checkType }: XzLayout, { check }: XzBlock, bytes: Uint8Array): void {
  const stored = new DataView(check.buffer, check.byteOffset, check.length);
  let sound = true;
  if (checkType === 1) sound = stored.getUint32(0, true) === crc32(bytes);
  if (checkType === 4) {
    const { low, high } = crc64(bytes);
    sound = stored.getUint32(0, true) === low && stored.getUint32(4, true) === high;
  }
  if (checkType === 10) sound = checksumFromBytes(check) === portableHash.sha256(bytes);
  if (!sound) throw corrupt('Data is corrupt');
}
