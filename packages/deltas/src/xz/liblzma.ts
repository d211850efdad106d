import { OstError } from '@ost/objects';
import { freeBytes } from '../free-bytes.js';
import type { XzBackend } from './backend.js';

/** Output comes in chunks of this size. Each visit to the thread costs a turn of the event loop. */
const OUTPUT_CHUNK = 1024 * 1024;
/** Input per write: the signal is looked at in between. */
const INPUT_CHUNK = 256 * 1024;

/** Whether `node-liblzma` is installed and loads. */
export async function hasBinding(): Promise<boolean> {
  try {
    await import('node-liblzma');
    return true;
  } catch {
    return false;
  }
}

/** Decodes xz with `node-liblzma`, an optional dependency, on a thread of libuv's pool. */
export const liblzmaBackend: XzBackend = {
  name: 'liblzma',
  available: hasBinding,
  async decode(stream, { write, signal }) {
    const { createUnxz } = await import('node-liblzma');
    const decoder = createUnxz({ chunkSize: OUTPUT_CHUNK });
    let failure: Error | undefined;
    decoder.on('data', (data: unknown) => {
      const chunk = data as Uint8Array;
      if (failure !== undefined) return;
      try {
        write(chunk);
      } catch (error) {
        failure = error as Error;
      }
      // The decoder takes another buffer now.
      if (chunk.byteOffset + chunk.length === chunk.buffer.byteLength) freeBuffer(chunk);
    });
    // The decoder must not be destroyed while its thread works, so the input is fed in steps and simply ends early.
    const ended = new Promise<void>((resolve, reject) => {
      decoder.once('end', resolve);
      decoder.once('error', reject);
    });
    ended.catch(() => {});
    const feed = (chunk: Buffer) =>
      new Promise<void>((resolve, reject) => {
        decoder.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
    // What goes wrong with reading says nothing of the data.
    const nextInput = (at: number): Buffer | undefined => {
      try {
        const { buffer, byteOffset, length } = stream.read(at, Math.min(INPUT_CHUNK, stream.size - at));
        return Buffer.from(buffer, byteOffset, length);
      } catch (error) {
        failure = error as Error;
        return undefined;
      }
    };
    try {
      for (let at = 0; at < stream.size && failure === undefined; at += INPUT_CHUNK) {
        signal?.throwIfAborted();
        const input = nextInput(at);
        if (input !== undefined) await Promise.race([feed(input), ended]);
      }
      if (failure === undefined) {
        decoder.end();
        await ended;
      }
    } catch (error) {
      if (signal?.aborted) throw new OstError('aborted', 'Aborted', { cause: signal.reason });
      throw new OstError('corrupt', 'Data is corrupt', { cause: error });
    } finally {
      decoder.close();
    }
    if (failure !== undefined) throw failure;
  },
};

/** Gives a buffer back of which `chunk` is the last piece; the garbage collector hardly sees such memory. */
function freeBuffer(chunk: Uint8Array): void {
  freeBytes(new Uint8Array(chunk.buffer as ArrayBuffer));
}
