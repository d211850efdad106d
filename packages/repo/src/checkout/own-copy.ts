import * as fs from 'node:fs';
import { compareBytes, type Xattrs } from '@ost/objects';
import { selinuxXattrName } from '../selinux/label-xattr.js';
import type { ObjectStore } from '../store/object-store.js';
import type { StoredFile } from '../store/stored-file.js';
import { readXattrs } from '../store/xattrs.js';
import { sameContent } from './same-content.js';

/**
 * Whether the file or symlink at `path` has all that a copy of a stored one has, and is nobody else's: attributes and
 * content are compared, times are not.
 */
export function isOwnCopy(path: string, stored: StoredFile, store: ObjectStore): boolean {
  if (fs.lstatSync(path).nlink !== 1) return false;
  return sameContent(path, stored, store, 'checksum') && sameXattrs(stored.header.xattrs, readXattrs(path));
}

/** Whether a file has the attributes that it should have. The kernel gives a label to what has none. */
export function sameXattrs(wanted: Xattrs, found: Xattrs): boolean {
  const counted = found.filter(({ name }) => !isLabel(name) || hasXattr(wanted, name));
  return (
    counted.length === wanted.length &&
    counted.every((one, index) => {
      const other = wanted[index] as Xattrs[number];
      return compareBytes(one.name, other.name) === 0 && compareBytes(one.value, other.value) === 0;
    })
  );
}

/** Whether an attribute is the SELinux label. */
export function isLabel(name: Uint8Array): boolean {
  return compareBytes(name, selinuxXattrName) === 0;
}

/** Whether an attribute of this name is in the list. */
export function hasXattr(xattrs: Xattrs, name: Uint8Array): boolean {
  return xattrs.some((one) => compareBytes(one.name, name) === 0);
}
