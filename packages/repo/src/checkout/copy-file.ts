import * as fs from 'node:fs';
import { type FileHeader, OstError } from '@ost/objects';
import { fsetxattr, lsetxattr, reflink } from '@ost/linux';
import { writeAll } from '../platform/files.js';
import { errnoOf } from '../platform/fs-errors.js';
import type { StoredFile } from '../store/stored-file.js';
import type { CheckoutFileJob, PlaceOptions } from './checkout-job.js';

/** Copies a regular file out of the store to a path that does not exist, cloning its blocks where that works. */
export async function copyFile(
  file: StoredFile,
  destination: string,
  options: Pick<PlaceOptions, 'userMode'>,
  disableXattrs: boolean,
): Promise<void> {
  // Not copyFileSync: newer versions of Node give the copy the owner of its source.
  const fd = fs.openSync(destination, 'wx', 0o600);
  try {
    try {
      if (!file.content.compressed) copyContent(file, fd);
      else if (file.isSmall) writeAll(fd, file.read());
      else for await (const chunk of file.stream()) writeAll(fd, chunk);
      applyMetadata(fd, file.header, options.userMode, disableXattrs);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    fs.rmSync(destination, { force: true });
    throw error;
  }
}

function copyContent(file: StoredFile, destination: number): void {
  if (file.size === 0) return;
  const source = fs.openSync(file.content.path, 'r');
  try {
    if (reflink(source, destination)) return;
  } finally {
    fs.closeSync(source);
  }
  for (const chunk of file.chunks()) writeAll(destination, chunk);
}

function applyMetadata(fd: number, header: FileHeader, userMode: boolean, disableXattrs: boolean): void {
  if (userMode) {
    // A file that its owner could not read would be of no use to anybody.
    fs.fchmodSync(fd, (header.mode & 0o7777 & ~0o6000) | 0o400);
    return;
  }
  fs.fchownSync(fd, header.uid, header.gid);
  if (!disableXattrs) for (const { name, value } of header.xattrs) fsetxattr(fd, name, value);
  fs.fchmodSync(fd, header.mode & 0o7777);
}

/** Makes a symlink with the object's target, following the overwrite rules for symlinks. */
export function placeSymlink(header: FileHeader, job: CheckoutFileJob, options: PlaceOptions): void {
  try {
    fs.symlinkSync(header.symlinkTarget, job.path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    if (options.overwrite === 'add') return;
    if (options.overwrite === 'identical' && isLinkTo(job.path, header.symlinkTarget)) return;
    if (options.overwrite !== 'union') {
      throw new OstError('already-exists', 'symlinkat: File exists', { cause: error, data: { path: job.path } });
    }
    if (fs.lstatSync(job.path).isDirectory()) {
      throw new OstError('io', `unlinkat(${job.path.slice(job.path.lastIndexOf('/') + 1)}): Is a directory`, {
        cause: error,
      });
    }
    fs.unlinkSync(job.path);
    fs.symlinkSync(header.symlinkTarget, job.path);
    // Owner and xattrs of a replaced symlink are left alone, as libostree leaves them.
    return;
  }
  if (options.userMode) return;
  fs.lchownSync(job.path, header.uid, header.gid);
  for (const { name, value } of header.xattrs) lsetxattr(job.path, name, value);
}

function isLinkTo(path: string, target: string): boolean {
  return fs.lstatSync(path).isSymbolicLink() && fs.readlinkSync(path) === target;
}
