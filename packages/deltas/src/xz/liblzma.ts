import { OstError } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { XzBackend } from './backend.js';
import { GrowingBytes } from './growing-bytes.js';

/** Output that the native decoder fills per visit to its thread; large, as each visit costs a turn of the event loop. */
const OUTPUT_CHUNK = 1024 * 1024;
/** Input per write: the signal is looked at in between. */
const INPUT_CHUNK = 256 * 1024;

type Module = typeof import('node-liblzma');

/** Decodes xz with `node-liblzma`, an optional dependency, on a thread of libuv's pool. */
export const liblzmaBackend: XzBackend = {
  name: 'liblzma',
  async available() {
    try {
      await import('node-liblzma');
      return true;
    } catch {
      return false;
    }
  },
  async decode(stream, { size, signal }) {
    const module = await import('node-liblzma');
    const out = new GrowingBytes(size);
    try {
      await run(module, stream, out, signal);
    } catch (error) {
      if (signal?.aborted) throw new OstError('aborted', 'Aborted', { cause: signal.reason });
      if (error instanceof OstError) throw error;
      throw new OstError('corrupt', 'Data is corrupt', { cause: error });
    }
    if (!out.complete) throw corrupt('Data is corrupt');
    return out.bytes;
  },
};

async function run(module: Module, stream: Uint8Array, out: GrowingBytes, signal: AbortSignal | undefined) {
  const decoder = module.createUnxz({ chunkSize: OUTPUT_CHUNK });
  let fits = true;
  decoder.on('data', (chunk: unknown) => {
    fits &&= out.append(chunk as Uint8Array);
  });
  // The decoder must not be destroyed while its thread works, so the input is fed in steps and simply ends early.
  const ended = new Promise<void>((resolve, reject) => {
    decoder.once('end', resolve);
    decoder.once('error', reject);
  });
  ended.catch(() => {});
  const write = (chunk: Buffer) =>
    new Promise<void>((resolve, reject) => {
      decoder.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  try {
    for (let at = 0; at < stream.length && fits; at += INPUT_CHUNK) {
      signal?.throwIfAborted();
      const length = Math.min(INPUT_CHUNK, stream.length - at);
      await Promise.race([write(Buffer.from(stream.buffer, stream.byteOffset + at, length)), ended]);
    }
    if (!fits) throw corrupt('Data is corrupt');
    decoder.end();
    await ended;
  } finally {
    decoder.close();
  }
}
