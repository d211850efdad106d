import { type DeflateProvider, OstError } from '@ost/objects';
import { nodeZlib } from './builtins.js';

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

/** The error for content that is longer than it may be. */
export function tooLarge(maxSize: number, cause?: unknown): OstError {
  return new OstError('limit', `Decompressed data exceeds ${maxSize} bytes`, { cause });
}

/** What inflating gave. */
export interface Inflated {
  readonly content: Uint8Array;
  /** Bytes of the input up to the end of the compressed data: fewer than there are when something is behind it. */
  readonly read: number;
}

/** What `inflateRawSync` returns with `info`. */
interface InflateInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Inflates raw DEFLATE in one call; the options and errors are those of `DeflateProvider`. */
export function inflateRaw(
  bytes: Uint8Array,
  options: { readonly maxSize: number; readonly expectedSize?: number },
): Inflated {
  // zlib's output buffer is `chunkSize`; the expected size avoids growing, and never trusts more than the limit.
  const chunkSize = Math.max(64, Math.min(options.expectedSize ?? 16_384, options.maxSize, 2 ** 24));
  // zlib wants room for one byte at least, so that an output limit of nothing is checked below.
  const zlibOptions = { chunkSize, maxOutputLength: Math.max(1, options.maxSize), info: true };
  let result: InflateInfo;
  try {
    result = nodeZlib().inflateRawSync(bytes, zlibOptions) as unknown as InflateInfo;
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(options.maxSize, error);
    throw new OstError('corrupt', `Invalid compressed data: ${(error as Error).message}`, { cause: error });
  }
  const { buffer, engine } = result;
  if (buffer.length > options.maxSize) throw tooLarge(options.maxSize);
  return { content: buffer, read: engine.bytesWritten };
}

/** Raw DEFLATE by Node's zlib, in one synchronous call. */
export const nodeDeflate: DeflateProvider = {
  deflateRaw: (bytes, level) => nodeZlib().deflateRawSync(bytes, { level }),
  inflateRaw: (bytes, options) => inflateRaw(bytes, options).content,
};
