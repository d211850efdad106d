import { type DeflateProvider, OstError } from '@ost/objects';
import { nodeZlib } from './builtins.js';

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(maxSize: number, cause?: unknown): OstError {
  return new OstError('limit', `Decompressed data exceeds ${maxSize} bytes`, { cause });
}

/** Raw DEFLATE by Node's zlib, in one synchronous call. */
export const nodeDeflate: DeflateProvider = {
  deflateRaw: (bytes: Uint8Array, level: number): Uint8Array => nodeZlib().deflateRawSync(bytes, { level }),
  inflateRaw(bytes: Uint8Array, options: { readonly maxSize: number; readonly expectedSize?: number }): Uint8Array {
    // zlib's output buffer is `chunkSize`; the expected size avoids growing, and never trusts more than the limit.
    const chunkSize = Math.max(64, Math.min(options.expectedSize ?? 16_384, options.maxSize, 2 ** 24));
    let result: Uint8Array;
    try {
      // zlib wants room for one byte at least, so that an output limit of nothing is checked below.
      result = nodeZlib().inflateRawSync(bytes, { chunkSize, maxOutputLength: Math.max(1, options.maxSize) });
    } catch (error) {
      if (isTooLarge(error)) throw tooLarge(options.maxSize, error);
      throw new OstError('corrupt', `Invalid compressed data: ${(error as Error).message}`, { cause: error });
    }
    if (result.length > options.maxSize) throw tooLarge(options.maxSize);
    return result;
  },
};
