import * as fs from 'node:fs';
import * as path from 'node:path';
import { type DirMeta, OstError } from '@ost/objects';
import { lsetxattr } from '@ost/linux';
import { lstatIfPresent } from '../platform/files.js';
import { errnoOf, ioError } from '../platform/fs-errors.js';
import { keptXattrs, SELINUX_XATTR } from '../selinux/label-xattr.js';
import type { PlaceOptions } from './checkout-job.js';

/**
 * Makes a directory with its attributes, which nobody else can enter until {@link finishDirectory}. False when the overwrite mode allows one
 * that is there, which is left as it is. A symlink is never followed.
 */
export function makeDirectory(directory: string, meta: DirMeta, label: string | null, options: PlaceOptions): boolean {
  if (options.replaceDirectories && lstatIfPresent(directory)?.isDirectory() === false) fs.unlinkSync(directory);
  if (!mkdir(directory, options.overwrite !== 'none')) return false;
  if (!options.userMode) {
    for (const { name, value } of keptXattrs(meta.xattrs, options.relabel)) lsetxattr(directory, name, value);
    if (label !== null) lsetxattr(directory, SELINUX_XATTR, new TextEncoder().encode(label));
  }
  return true;
}

/** Makes a plain directory; false when `existing` allows one that is there. */
export function mkdir(directory: string, existing: boolean): boolean {
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || !existing) throw ioError(error, 'mkdirat');
  }
  if (lstatIfPresent(directory)?.isDirectory() !== true) {
    throw new OstError('io', `opendir(${path.basename(directory)}): Not a directory`, { data: { path: directory } });
  }
  return false;
}

/** Gives a directory that is filled its owner, mode and time. */
export function finishDirectory(directory: string, meta: DirMeta, options: PlaceOptions): void {
  if (!options.userMode) fs.lchownSync(directory, meta.uid, meta.gid);
  fs.chmodSync(directory, meta.mode & options.directoryMask);
  if (!options.forceCopy) fs.utimesSync(directory, Date.now() / 1000, 0);
}
