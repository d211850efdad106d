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

/** Runs an encoder and turns a value that does not fit its type into this package's error. */
export function encoding<T>(encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof VariantError)) throw error;
    throw new OstError(error.code === 'limit' ? 'limit' : 'invalid-argument', error.message, { cause: error });
  }
}
