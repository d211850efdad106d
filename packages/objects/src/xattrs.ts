import { codec } from '@ost/gvariant';
import { OstError } from './errors.js';
import { decoding, encoding } from './variant-errors.js';

/** An extended attribute. */
export interface Xattr {
  /** Name bytes, without the NUL that the format adds. */
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** Extended attributes in the order in which they are stored. */
export type Xattrs = readonly Xattr[];

/** `a(ayay)` as the codecs see it: names with their NUL. */
export type XattrPairs = [Uint8Array, Uint8Array][];

const XATTRS = 'a(ayay)';

/** Compares byte strings, unsigned, shorter first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Sorts by name and leaves out attributes without a value, as attributes read from a file system are stored. */
export function canonicalXattrs(xattrs: Xattrs): Xattrs {
  return xattrs.filter((x) => x.value.length > 0).sort((a, b) => compareBytes(a.name, b.name));
}

/** @internal */
export function xattrPairs(xattrs: Xattrs): XattrPairs {
  return xattrs.map(({ name, value }, index) => {
    if (name.length === 0 || name.includes(0)) {
      throw new OstError('invalid-argument', `Invalid xattr name (empty or with NUL) index=${index}`);
    }
    const withNul = new Uint8Array(name.length + 1);
    withNul.set(name);
    return [withNul, value];
  });
}

/** @internal Checks names and takes their NUL off. */
export function xattrsFromPairs(pairs: XattrPairs): Xattrs {
  return pairs.map(([name, value], index) => {
    if (name.length < 2 || name.indexOf(0) !== name.length - 1) {
      throw new OstError('corrupt', `Invalid xattr name (empty or missing NUL) index=${index}`);
    }
    return { name: name.subarray(0, name.length - 1), value };
  });
}

/** Serializes `a(ayay)`. */
export function encodeXattrs(xattrs: Xattrs): Uint8Array {
  return xattrs.length === 0 ? new Uint8Array() : encoding(() => codec(XATTRS).encode(xattrPairs(xattrs)));
}

/**
 * Parses `a(ayay)`.
 * @throws OstError `not-normal` or `corrupt`
 */
export function parseXattrs(bytes: Uint8Array): Xattrs {
  if (bytes.length === 0) return [];
  return xattrsFromPairs(decoding(() => codec(XATTRS).decode(bytes)));
}
