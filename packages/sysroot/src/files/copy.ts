import * as fs from 'node:fs';
import { futimens, lsetxattr, readXattrs, utimensat } from '@ost/linux';

/** Options of {@link copyEntry}. */
export interface CopyOptions {
  /** Extended attributes are not copied. */
  noXattrs?: boolean;
}

/**
 * Copies a file or link with owner, mode, extended attributes and (files only) times. The destination must not exist.
 * @returns `false` when it is something else, which is left alone
 */
export function copyEntry(from: Buffer, to: Buffer, options: CopyOptions = {}): boolean {
  const stat = fs.lstatSync(from, { bigint: true });
  if (stat.isSymbolicLink()) {
    fs.symlinkSync(fs.readlinkSync(from, { encoding: 'buffer' }), to);
    copyXattrs(from, to, options);
    fs.lchownSync(to, Number(stat.uid), Number(stat.gid));
    return true;
  }
  if (!stat.isFile()) return false;
  fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
  const fd = fs.openSync(to, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    fs.fchownSync(fd, Number(stat.uid), Number(stat.gid));
    copyXattrs(from, to, options);
    fs.fchmodSync(fd, Number(stat.mode) & 0o7777);
    futimens(fd, { atime: stat.atimeNs, mtime: stat.mtimeNs });
  } finally {
    fs.closeSync(fd);
  }
  return true;
}

/** Gives a directory the owner, mode and extended attributes of another. */
export function copyDirectoryAttributes(from: Buffer, to: Buffer, options: CopyOptions = {}): void {
  const stat = fs.lstatSync(from);
  copyXattrs(from, to, options);
  fs.lchownSync(to, stat.uid, stat.gid);
  fs.chmodSync(to, stat.mode & 0o7777);
}

/** Copies a whole directory, attributes included; `to` must not exist. Calls back for what it cannot copy. */
export function copyTree(from: Buffer, to: Buffer, ignored: (path: Buffer) => void, options: CopyOptions = {}): void {
  fs.mkdirSync(to, { mode: 0o700 });
  for (const name of fs.readdirSync(from, { encoding: 'buffer' })) {
    const [source, destination] = [below(from, name), below(to, name)];
    if (fs.lstatSync(source).isDirectory()) copyTree(source, destination, ignored, options);
    else if (!copyEntry(source, destination, options)) ignored(source);
  }
  copyDirectoryAttributes(from, to, options);
}

/** A path below a directory, as bytes. */
export function below(dir: Buffer, name: Uint8Array): Buffer {
  return Buffer.concat([dir, Buffer.from('/'), name]);
}

function copyXattrs(from: Buffer, to: Buffer, options: CopyOptions): void {
  if (options.noXattrs === true) return;
  for (const { name, value } of readXattrs(from)) lsetxattr(to, name, value);
}

/** Sets a path's modification time to now, as a signal to those who watch it. */
export function touch(path: string): void {
  utimensat(path, { atime: 'now', mtime: BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n) });
}
