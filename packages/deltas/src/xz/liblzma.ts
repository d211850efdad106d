import { OstError } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { XzBackend } from './backend.js';
import { GrowingBytes } from './growing-bytes.js';

/** Streams up to this size are decoded into one buffer of exactly that size, so nothing is copied. */
const WHOLE = 64 * 1024 * 1024;
/** Otherwise output comes in chunks of this size. Each visit to the thread costs a turn of the event loop. */
const OUTPUT_CHUNK = 1024 * 1024;
/** Input per write: the signal is looked at in between. */
const INPUT_CHUNK = 256 * 1024;

type Module = typeof import('node-liblzma');

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
  async decode(stream, { size, signal }) {
    const module = await import('node-liblzma');
    const output = size <= WHOLE ? new OneBuffer(size) : new ManyBuffers(size);
    try {
      await run(module, stream, output, signal);
    } catch (error) {
      if (signal?.aborted) throw new OstError('aborted', 'Aborted', { cause: signal.reason });
      if (error instanceof OstError) throw error;
      throw new OstError('corrupt', 'Data is corrupt', { cause: error });
    }
    return output.take();
  },
};

interface Output {
  readonly chunkSize: number;
  /** Takes the next chunk of output; false if there is too much. */
  add(chunk: Uint8Array): boolean;
  take(): Uint8Array;
}

/** The decoder's own buffer, filled piece by piece. One byte more keeps the decoder from making another when it is full. */
class OneBuffer implements Output {
  readonly chunkSize: number;
  readonly #size: number;
  #first: Uint8Array | null = null;
  #length = 0;

  constructor(size: number) {
    this.#size = size;
    this.chunkSize = size + 1;
  }

  add(chunk: Uint8Array): boolean {
    this.#first ??= chunk;
    const contiguous = chunk.buffer === this.#first.buffer;
    if (!contiguous || chunk.byteOffset !== this.#first.byteOffset + this.#length) return false;
    this.#length += chunk.length;
    return this.#length <= this.#size;
  }

  take(): Uint8Array {
    if (this.#first === null || this.#length !== this.#size) throw corrupt('Data is corrupt');
    return new Uint8Array(this.#first.buffer, this.#first.byteOffset, this.#size);
  }
}

/** Output too large to be taken at its word: grows with what comes. */
class ManyBuffers implements Output {
  readonly chunkSize = OUTPUT_CHUNK;
  readonly #bytes: GrowingBytes;

  constructor(size: number) {
    this.#bytes = new GrowingBytes(size);
  }

  add(chunk: Uint8Array): boolean {
    return this.#bytes.append(chunk);
  }

  take(): Uint8Array {
    if (!this.#bytes.complete) throw corrupt('Data is corrupt');
    return this.#bytes.bytes;
  }
}

async function run(module: Module, stream: Uint8Array, output: Output, signal: AbortSignal | undefined): Promise<void> {
  const decoder = module.createUnxz({ chunkSize: output.chunkSize });
  let fits = true;
  decoder.on('data', (chunk: unknown) => {
    fits &&= output.add(chunk as Uint8Array);
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
