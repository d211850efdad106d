import { bind, failure, lastErrno } from './libc.js';

/** Kinds of advisory lock. */
export type LockKind = 'shared' | 'exclusive';

/** How {@link lock} and {@link flock} behave when the lock is held elsewhere. */
export interface LockOptions {
  /** Block this thread until the lock is free. Default `false`: return `false` at once. */
  wait?: boolean;
}

const F_OFD_SETLK = 37;
const F_OFD_SETLKW = 38;
const LOCK = { shared: 1, exclusive: 2, unlock: 8, nonBlocking: 4 } as const;
const RECORD = { shared: 0, exclusive: 1, unlock: 2 } as const;

const EAGAIN = 11;
const EACCES = 13;
const EINVAL = 22;
const EINTR = 4;

const FCNTL = 'int fcntl(int fd, int command, void *argument)';
const FLOCK = 'int flock(int fd, int operation)';

function record(fd: number, kind: keyof typeof RECORD, wait: boolean): number {
  // struct flock on 64-bit machines: l_type, l_whence, padding, l_start, l_len, l_pid; zero length = whole file.
  const argument = Buffer.alloc(32);
  argument.writeInt16LE(RECORD[kind], 0);
  const fcntl = bind(FCNTL);
  for (;;) {
    if (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, argument) >= 0) return 0;
    const errno = lastErrno();
    if (errno !== EINTR) return errno;
  }
}

function whole(fd: number, operation: number): number {
  const fn = bind(FLOCK);
  for (;;) {
    if (fn(fd, operation) >= 0) return 0;
    const errno = lastErrno();
    if (errno !== EINTR) return errno;
  }
}

/**
 * Locks an open file the way libostree does: an open-file-description record lock over the whole file, or
 * `flock` where the kernel or the file system refuses those with EINVAL. A second call on the same descriptor
 * changes the kind. The descriptor must be open for reading (shared) or writing (exclusive).
 *
 * @returns `true` when the lock is held; `false` when it is held elsewhere and `wait` is off.
 */
export function lock(fd: number, kind: LockKind, options: LockOptions = {}): boolean {
  const wait = options.wait ?? false;
  const errno = record(fd, kind, wait);
  if (errno === 0) return true;
  if (errno === EINVAL) return flock(fd, kind, options);
  if (!wait && (errno === EAGAIN || errno === EACCES)) return false;
  throw failure(errno, 'fcntl(F_OFD_SETLK)');
}

/** Releases what {@link lock} took. Closing the descriptor does so too. */
export function unlock(fd: number): void {
  const errno = record(fd, 'unlock', false);
  if (errno === EINVAL) return funlock(fd);
  if (errno !== 0) throw failure(errno, 'fcntl(F_OFD_SETLK)');
}

/** BSD lock on an open file. Same answers as {@link lock}; the two kinds of lock do not see each other. */
export function flock(fd: number, kind: LockKind, options: LockOptions = {}): boolean {
  const wait = options.wait ?? false;
  const errno = whole(fd, LOCK[kind] | (wait ? 0 : LOCK.nonBlocking));
  if (errno === 0) return true;
  if (!wait && errno === EAGAIN) return false;
  throw failure(errno, 'flock');
}

/** Releases what {@link flock} took. */
export function funlock(fd: number): void {
  const errno = whole(fd, LOCK.unlock);
  if (errno !== 0) throw failure(errno, 'flock');
}
