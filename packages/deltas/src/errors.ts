import type { Codec, Value } from '@ost/gvariant';
import { VariantError } from '@ost/gvariant';
import { OstError } from '@ost/objects';

/** Facts that an error carries for programs. */
export type ErrorData = Readonly<Record<string, unknown>>;

/** An error about bytes that are not what the format allows. */
export function corrupt(message: string, data: ErrorData = {}): OstError {
  return new OstError('corrupt', message, { data });
}

/** An error about a declared or real size above its limit. */
export function tooLarge(what: string, actual: number | bigint, limit: number): OstError {
  return new OstError('limit', `${what} of ${actual} exceeds the limit of ${limit}`, { data: { actual, limit } });
}

/** Decodes `bytes`, turning the codec's refusal into an error of this package's kind. */
export function decodeStrict<T extends string>(
  codec: Codec<T>,
  bytes: Uint8Array,
  what: string,
  endian: 'little' | 'big' = 'little',
): Value<T> {
  try {
    return codec.decode(bytes, { endian });
  } catch (error) {
    if (!(error instanceof VariantError)) throw error;
    const code = error.code === 'limit' ? 'limit' : 'corrupt';
    throw new OstError(code, `${what}: ${error.message}`, { cause: error });
  }
}

/** A 64-bit field as a number, refused above `limit`. */
export function boundedSize(value: bigint, limit: number, what: string): number {
  if (value > BigInt(limit)) throw tooLarge(what, value, limit);
  return Number(value);
}
