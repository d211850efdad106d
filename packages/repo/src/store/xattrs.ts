import { canonicalXattrs, type Xattrs } from '@ost/objects';
import { readXattrs as list } from '@ost/linux';

/**
 * All extended attributes of a path (symlinks not followed) or open file, in canonical order; attributes without a
 * value are left out (repository format, "Content object").
 */
export function readXattrs(target: string | number): Xattrs {
  const xattrs = list(target);
  return xattrs.length === 0 ? [] : canonicalXattrs(xattrs);
}
