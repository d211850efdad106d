import { codec, type Codec, type Value, type Variant } from '@ost/gvariant';
import { OstError } from './errors.js';
import { hashOrder } from './hash-order.js';
import { decoding, encoding } from './variant-errors.js';

/** A metadata dictionary `a{sv}` with its order kept; the first entry of a name counts. */
export type Metadata = [string, Variant][];

const metadataCodec: Codec<'a{sv}'> = codec('a{sv}');

/**
 * The value of a key, or undefined when it is absent.
 * @param type the type that it must have
 * @throws OstError `corrupt` when it has another type
 */
export function metadataValue<const T extends string>(metadata: Metadata, key: string, type: T): Value<T> | undefined {
  const found = metadata.find(([name]) => name === key)?.[1];
  if (found === undefined) return undefined;
  if (found.type !== type) {
    throw new OstError('corrupt', `Metadata key ${key} has type '${found.type}', expected '${type}'`, {
      data: { key },
    });
  }
  return found.value as Value<T>;
}

/** The dictionary with an entry set, or with null taken away, in the order in which libostree would write it. */
export function withMetadataValue(metadata: Metadata, key: string, value: Variant | null): Metadata {
  const others = metadata.filter(([name]) => name !== key);
  return hashOrder(value === null ? others : [...others, [key, value]]);
}

/**
 * Serializes a dictionary.
 * @throws OstError `invalid-argument` for a value that does not fit the type it names
 */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  return encoding(() => metadataCodec.encode(metadata));
}

/**
 * Parses a dictionary.
 * @throws OstError `not-normal`
 */
export function parseMetadata(bytes: Uint8Array): Metadata {
  return decoding(() => metadataCodec.decode(bytes));
}

/** Serializes detached metadata (`.commitmeta`). */
export const encodeDetachedMetadata: (metadata: Metadata) => Uint8Array = encodeMetadata;

/** Parses detached metadata; an empty file is the empty dictionary. */
export const parseDetachedMetadata: (bytes: Uint8Array) => Metadata = parseMetadata;
