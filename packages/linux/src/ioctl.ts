import { closeSync, constants, openSync } from 'node:fs';
import { bind, failure, lastErrno } from './libc.js';

/** Builds an ioctl number. PowerPC and MIPS put the direction bits elsewhere than all other machines. */
function ioc(read: boolean, write: boolean, type: number, nr: number, size: number): number {
  const odd = process.arch === 'ppc64' || process.arch === 'mips' || process.arch === 'mipsel';
  const direction = odd ? (read ? 2 : 0) | (write ? 4 : 0) : (read ? 2 : 0) | (write ? 1 : 0);
  return direction * 2 ** (odd ? 29 : 30) + (size << 16) + (type << 8) + nr;
}

const FS_IOC_GETFLAGS = ioc(true, false, 0x66, 1, 8);
const FS_IOC_SETFLAGS = ioc(false, true, 0x66, 2, 8);
const FICLONE = ioc(false, true, 0x94, 9, 4);
const FIFREEZE = ioc(true, true, 0x58, 119, 4);
const FITHAW = ioc(true, true, 0x58, 120, 4);

/** Inode flag of an immutable file (`chattr +i`). */
export const FS_IMMUTABLE_FL = 0x10;

const BY_POINTER = 'int ioctl(int fd, unsigned long request, void *argument)';
const BY_VALUE = 'int ioctl(int fd, unsigned long request, int64_t argument)';

const EOPNOTSUPP = 95;
const ENOTTY = 25;
const EINVAL = 22;
const EXDEV = 18;
const EPERM = 1;

function withFd<T>(target: string | Uint8Array | number, body: (fd: number) => T): T {
  if (typeof target === 'number') return body(target);
  const path = typeof target === 'string' ? target : Buffer.from(target);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

/** Inode flags (`lsattr`) of an open file or directory, or of a path that is not a link. */
export function getFlags(target: string | Uint8Array | number): number {
  return withFd(target, (fd) => {
    const flags = new Int32Array(2);
    if (bind(BY_POINTER)(fd, FS_IOC_GETFLAGS, flags) < 0) throw failure(lastErrno(), 'ioctl(FS_IOC_GETFLAGS)');
    return flags[0] as number;
  });
}

/** Sets the inode flags (`chattr`) of an open file or directory, or of a path that is not a link. */
export function setFlags(target: string | Uint8Array | number, flags: number): void {
  withFd(target, (fd) => {
    const argument = new Int32Array([flags, 0]);
    if (bind(BY_POINTER)(fd, FS_IOC_SETFLAGS, argument) < 0) throw failure(lastErrno(), 'ioctl(FS_IOC_SETFLAGS)');
  });
}

/**
 * What {@link setImmutable} found: done; already so; the file system knows no such flag; or the process may not
 * (it needs CAP_LINUX_IMMUTABLE).
 */
export type ImmutableResult = 'changed' | 'unchanged' | 'unsupported' | 'denied';

/** Sets or clears the immutable flag of a file or directory. Inability is a result, not an error. */
export function setImmutable(target: string | Uint8Array | number, on: boolean): ImmutableResult {
  return withFd(target, (fd) => {
    const flags = new Int32Array(2);
    const ioctl = bind(BY_POINTER);
    if (ioctl(fd, FS_IOC_GETFLAGS, flags) < 0) return refusal(lastErrno(), 'ioctl(FS_IOC_GETFLAGS)');
    const now = flags[0] as number;
    const wanted = on ? now | FS_IMMUTABLE_FL : now & ~FS_IMMUTABLE_FL;
    if (wanted === now) return 'unchanged';
    flags[0] = wanted;
    if (ioctl(fd, FS_IOC_SETFLAGS, flags) < 0) return refusal(lastErrno(), 'ioctl(FS_IOC_SETFLAGS)');
    return 'changed';
  });
}

function refusal(errno: number, call: string): ImmutableResult {
  if (errno === EOPNOTSUPP || errno === ENOTTY) return 'unsupported';
  if (errno === EPERM) return 'denied';
  throw failure(errno, call);
}

/**
 * Makes `to` share all data of `from` (FICLONE). `false` when these files cannot: another file system, or one
 * without reflinks; the caller then copies bytes.
 */
export function reflink(from: number, to: number): boolean {
  if (bind(BY_VALUE)(to, FICLONE, from) >= 0) return true;
  const errno = lastErrno();
  if (errno === EOPNOTSUPP || errno === ENOTTY || errno === EXDEV || errno === EINVAL) return false;
  throw failure(errno, 'ioctl(FICLONE)');
}

/** Freezes the file system that holds an open file (FIFREEZE): all writes wait until {@link thawFs}. */
export function freezeFs(fd: number): void {
  if (bind(BY_VALUE)(fd, FIFREEZE, 0) < 0) throw failure(lastErrno(), 'ioctl(FIFREEZE)');
}

/** Thaws a frozen file system (FITHAW). */
export function thawFs(fd: number): void {
  if (bind(BY_VALUE)(fd, FITHAW, 0) < 0) throw failure(lastErrno(), 'ioctl(FITHAW)');
}
