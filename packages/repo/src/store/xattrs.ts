import { canonicalXattrs, compareBytes, type Xattr, type Xattrs } from '@ost/objects';
import { readXattrs as list } from '@ost/linux';

/**
 * All extended attributes of a path (symlinks not followed) or open file, in canonical order; attributes without a
 * value are left out (repository format, "Content object").
 */
export function readXattrs(target: string | number): Xattrs {
  const xattrs = list(target);
  return xattrs.length === 0 ? [] : canonicalXattrs(xattrs);
}

/** True when both lists, in canonical order, hold the same. */
export function sameXattrs(a: Xattrs, b: Xattrs): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, value }, i) => {
      const other = b[i] as Xattr;
      return compareBytes(name, other.name) === 0 && compareBytes(value, other.value) === 0;
    })
  );
}
