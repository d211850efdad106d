import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { constants } from 'node:os';
import { fsetxattr, futimens, lsetxattr, readXattrs, reflink, utimensat } from '@ost/linux';
import { errnoFor, Refusal } from './errno.js';

const { errno } = constants;
const CHUNK = 1 << 20;
/** What programs are told; everything else is an input/output error. */
const TOLD = new Set([errno.ENOENT, errno.EISDIR, errno.EPERM, errno.ENOSPC]);

/** Replaces a shared file or symlink by a copy of its own, with the same owner, attributes, mode and times. */
export function copyUp(path: Buffer): void {
  const temporary = Buffer.concat([
    path.subarray(0, path.lastIndexOf(0x2f) + 1),
    Buffer.from(`.ost-copyup-${randomBytes(6).toString('hex')}`),
  ]);
  try {
    const stat = fs.lstatSync(path, { bigint: true });
    if (stat.isSymbolicLink()) copyLink(path, temporary, stat);
    else copyFile(path, temporary, stat);
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    const number = errnoFor(error);
    throw new Refusal(TOLD.has(number) ? number : errno.EIO);
  }
}

function copyLink(path: Buffer, temporary: Buffer, stat: fs.BigIntStats): void {
  fs.symlinkSync(fs.readlinkSync(path, 'buffer'), temporary);
  fs.lchownSync(temporary, Number(stat.uid), Number(stat.gid));
  for (const { name, value } of readXattrs(path)) lsetxattr(temporary, name, value);
  utimensat(temporary, { atime: stat.atimeNs, mtime: stat.mtimeNs });
}

function copyFile(path: Buffer, temporary: Buffer, stat: fs.BigIntStats): void {
  const from = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    const to = fs.openSync(temporary, 'wx', 0o600);
    try {
      if (!reflink(from, to)) copyBytes(from, to);
      fs.fchownSync(to, Number(stat.uid), Number(stat.gid));
      for (const { name, value } of readXattrs(from)) fsetxattr(to, name, value);
      fs.fchmodSync(to, Number(stat.mode) & 0o7777);
      futimens(to, { atime: stat.atimeNs, mtime: stat.mtimeNs });
    } finally {
      fs.closeSync(to);
    }
  } finally {
    fs.closeSync(from);
  }
}

function copyBytes(from: number, to: number): void {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const length = fs.readSync(from, buffer);
    if (length === 0) return;
    for (let done = 0; done < length; ) done += fs.writeSync(to, buffer, done, length - done);
  }
}
