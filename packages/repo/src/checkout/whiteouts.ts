import * as fs from 'node:fs';
import * as path from 'node:path';
import { assertFileName, type FileHeader, OstError } from '@ost/objects';
import { lsetxattr, mknod } from '@ost/linux';
import { errnoOf, strerror } from '../platform/fs-errors.js';
import { readXattrs } from '../store/xattrs.js';
import type { PlaceOptions } from './checkout-job.js';

const WHITEOUT = '.wh.';
const PASSTHROUGH = '.ostree-wh.';

/** Name of the file that makes a directory opaque: what lies below it in the destination goes away. */
export const OPAQUE = '.wh..wh..opq';

/** The name that a docker-style whiteout hides, or null when the file is none. */
export function whiteoutTarget(name: string): string | null {
  if (!name.startsWith(WHITEOUT)) return null;
  const target = name.slice(WHITEOUT.length);
  if (target === '') throw new OstError('invalid-name', "Invalid empty whiteout ''");
  // `.wh...` would take the parent directory away.
  assertFileName(target);
  return target;
}

/** The name of the overlayfs whiteout device that a file stands for, or null when it stands for none. */
export function passthroughTarget(name: string): string | null {
  if (!name.startsWith(PASSTHROUGH)) return null;
  const target = name.slice(PASSTHROUGH.length);
  if (target === '') throw new OstError('invalid-name', "Invalid empty overlayfs whiteout ''");
  assertFileName(target);
  return target;
}

/** Makes an overlayfs whiteout, a character device 0:0 (repository format, "Whiteouts"). */
export function placeWhiteoutDevice(destination: string, header: FileHeader, options: PlaceOptions): void {
  const mode = 0o020000 | (header.mode & 0o777);
  try {
    mknod(destination, mode, 0);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw new OstError('io', `mknodat: ${strerror(error)}`, { cause: error });
    if (options.overwrite === 'add') return;
    if (options.overwrite === 'identical') {
      assertIdentical(destination, header);
      return;
    }
    if (options.overwrite === 'none') throw new OstError('already-exists', 'mknodat: File exists', { cause: error });
    fs.unlinkSync(destination);
    mknod(destination, mode, 0);
  }
  fs.chmodSync(destination, header.mode & 0o777);
  if (options.userMode) return;
  fs.lchownSync(destination, header.uid, header.gid);
  for (const { name, value } of header.xattrs) lsetxattr(destination, name, value);
}

function assertIdentical(destination: string, header: FileHeader): void {
  const stat = fs.lstatSync(destination);
  const name = path.basename(destination);
  const differs = (what: string): never => {
    throw new OstError('already-exists', `existing destination file ${name} ${what}`, { data: { path: destination } });
  };
  const flat = JSON.stringify(readXattrs(destination).map((x) => [[...x.name], [...x.value]]));
  if (flat !== JSON.stringify(header.xattrs.map((x) => [[...x.name], [...x.value]]))) differs("xattrs don't match");
  if (stat.gid !== header.gid) differs(`does not match gid ${header.gid}`);
  if (stat.uid !== header.uid) differs(`does not match uid ${header.uid}`);
  if ((stat.mode & 0o777) !== (header.mode & 0o777)) differs(`does not match mode ${header.mode & 0o777}`);
}
