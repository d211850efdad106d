import * as fs from 'node:fs';
import * as path from 'node:path';
import { type FileHeader, OstError } from '@ost/objects';
import { fsetxattr, lsetxattr, reflink } from '@ost/linux';
import { writeAll } from '../platform/files.js';
import { errnoOf } from '../platform/fs-errors.js';
import { withPauses } from '../platform/pauses.js';
import { TemporaryFile } from '../platform/temporary-file.js';
import { keptXattrs, SELINUX_XATTR } from '../selinux/label-xattr.js';
import type { StoredFile } from '../store/stored-file.js';
import type { CheckoutFileJob, PlaceOptions } from './checkout-job.js';

const encoder = new TextEncoder();

/** The part of the options that matters for one copy. */
export type CopyOptions = Pick<PlaceOptions, 'userMode' | 'relabel'> & { readonly disableXattrs: boolean };

/**
 * Copies a regular file out of the store to a path that does not exist, cloning its blocks where that works. The copy
 * gets its name when it is complete.
 * @param label SELinux context to set; the stored one gives way when `relabel` says so
 */
export async function copyFile(
  file: StoredFile,
  destination: string,
  options: CopyOptions,
  label: string | null = null,
): Promise<void> {
  // Not copyFileSync: newer versions of Node give the copy the owner of its source.
  const temporary = TemporaryFile.open(path.dirname(destination));
  const { fd } = temporary;
  try {
    if (!file.content.compressed) await copyContent(file, fd);
    else if (file.isSmall) writeAll(fd, file.view());
    else for await (const chunk of file.stream()) writeAll(fd, chunk);
    applyMetadata(fd, file.header, options, label);
    temporary.publish(destination);
  } finally {
    temporary.close();
  }
}

async function copyContent(file: StoredFile, destination: number): Promise<void> {
  if (file.size === 0) return;
  const source = fs.openSync(file.content.path, 'r');
  try {
    if (reflink(source, destination)) return;
  } finally {
    fs.closeSync(source);
  }
  for await (const chunk of withPauses(file.chunks())) writeAll(destination, chunk);
}

function applyMetadata(fd: number, header: FileHeader, options: CopyOptions, label: string | null): void {
  if (options.userMode) {
    // A file that its owner could not read would be of no use to anybody.
    fs.fchmodSync(fd, (header.mode & 0o7777 & ~0o6000) | 0o400);
    return;
  }
  fs.fchownSync(fd, header.uid, header.gid);
  if (!options.disableXattrs) {
    for (const { name, value } of keptXattrs(header.xattrs, options.relabel)) fsetxattr(fd, name, value);
  }
  if (label !== null) fsetxattr(fd, SELINUX_XATTR, encoder.encode(label));
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
  for (const { name, value } of keptXattrs(header.xattrs, options.relabel)) lsetxattr(job.path, name, value);
  if (job.label != null) lsetxattr(job.path, SELINUX_XATTR, encoder.encode(job.label));
}

function isLinkTo(path: string, target: string): boolean {
  return fs.lstatSync(path).isSymbolicLink() && fs.readlinkSync(path) === target;
}
