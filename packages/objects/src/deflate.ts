import { deflateSync, Inflate } from 'fflate';
import { OstError } from './errors.js';

/** Bounds of {@link DeflateProvider.inflateRaw}. */
export interface InflateOptions {
  /** Bytes that the result may have. */
  readonly maxSize: number;
  /** Likely size of the result, to save growing. */
  readonly expectedSize?: number;
}

/** A source of raw DEFLATE: portable here, Node's zlib in `@ost/repo`. */
export interface DeflateProvider {
  /** @param level 1 (fast) to 9 (small) */
  deflateRaw(bytes: Uint8Array, level: number): Uint8Array;
  /** @throws OstError `limit` when the result would exceed `maxSize`, `corrupt` for bad data */
  inflateRaw(bytes: Uint8Array, options: InflateOptions): Uint8Array;
}

const STEP = 32_768;

function unexpectedEnd(): OstError {
  return new OstError('corrupt', 'Invalid compressed data: unexpected end');
}

/**
 * Raw DEFLATE in plain JavaScript, for any engine. It does not notice every malformed stream; content is checked by
 * its checksum in any case.
 */
export const portableDeflate: DeflateProvider = {
  deflateRaw: (bytes, level) => deflateSync(bytes, { level: level as 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 }),
  inflateRaw(bytes, { maxSize }) {
    if (bytes.length === 0) throw unexpectedEnd();
    const chunks: Uint8Array[] = [];
    let total = 0;
    let ended = false;
    const inflate = new Inflate((chunk, final) => {
      total += chunk.length;
      if (total > maxSize) throw new OstError('limit', `Decompressed data exceeds ${maxSize} bytes`);
      chunks.push(chunk);
      ended = final;
    });
    try {
      // Small steps, so that a bomb is noticed long before it has unfolded.
      for (let at = 0; at < bytes.length; at += STEP) {
        inflate.push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
      }
    } catch (error) {
      if (error instanceof OstError) throw error;
      throw new OstError('corrupt', `Invalid compressed data: ${(error as Error).message}`, { cause: error });
    }
    if (!ended) throw unexpectedEnd();
    const result = new Uint8Array(total);
    let at = 0;
    for (const chunk of chunks) {
      result.set(chunk, at);
      at += chunk.length;
    }
    return result;
  },
};
