import { VariantError } from '@ost/gvariant';
import { type ErrorCode, OstError } from './errors.js';

/** Runs a decoder and turns a malformed variant into this package's error. */
export function decoding<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof VariantError)) throw error;
    const code: ErrorCode = error.code === 'not-normal' ? 'not-normal' : error.code === 'limit' ? 'limit' : 'corrupt';
    throw new OstError(code, error.message, { cause: error });
  }
}
