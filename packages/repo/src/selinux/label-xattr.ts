import * as fs from 'node:fs';
import { compareBytes, type Xattrs } from '@ost/objects';

/** Extended attribute that holds a file's label. */
export const SELINUX_XATTR = 'security.selinux';

/** Its name as it stands in objects. */
export const selinuxXattrName: Uint8Array = new TextEncoder().encode(SELINUX_XATTR);

/** The attributes that a checkout sets: when it labels files itself, all but the stored label. */
export function keptXattrs(xattrs: Xattrs, relabel: boolean): Xattrs {
  if (!relabel) return xattrs;
  return xattrs.filter(({ name }) => !isLabel(name));
}

/** Whether an attribute is the label. */
export function isLabel(name: Uint8Array): boolean {
  return compareBytes(name, selinuxXattrName) === 0;
}

/** True when the running kernel enforces or watches labels; on others only regular files are labelled. */
export function kernelHasSelinux(): boolean {
  return fs.existsSync('/sys/fs/selinux/enforce');
}
