import * as fs from 'node:fs';
import { compareBytes, type Xattrs } from '@ost/objects';
import { isLabel } from '../selinux/label-xattr.js';
import type { ObjectStore } from '../store/object-store.js';
import type { StoredFile } from '../store/stored-file.js';
import { readXattrs, sameXattrs } from '../store/xattrs.js';
import { sameContent } from './same-content.js';

/**
 * Whether the file or symlink at `path` has all that a copy of a stored one has, and is nobody else's: attributes and
 * content are compared, times are not.
 */
export function isOwnCopy(path: string, stored: StoredFile, store: ObjectStore): boolean {
  if (fs.lstatSync(path).nlink !== 1) return false;
  return sameContent(path, stored, store, 'checksum') && hasXattrs(stored.header.xattrs, readXattrs(path));
}

/** Whether a file has the attributes that it should have. The kernel gives a label to what has none. */
export function hasXattrs(wanted: Xattrs, found: Xattrs): boolean {
  return sameXattrs(
    wanted,
    found.filter(({ name }) => !isLabel(name) || hasXattr(wanted, name)),
  );
}

/** Whether an attribute of this name is in the list. */
export function hasXattr(xattrs: Xattrs, name: Uint8Array): boolean {
  return xattrs.some((one) => compareBytes(one.name, name) === 0);
}
