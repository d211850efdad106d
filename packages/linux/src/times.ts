import { AT_FDCWD } from './dirfd.js';
import { bind, check, cstring } from './libc.js';

/** A time stamp: nanoseconds since 1970 (`bigint`), seconds (`number`), the present moment, or "leave it". */
export type FileTime = bigint | number | 'now' | 'omit';

/** Which times {@link utimensat} sets. A time that is absent stays as it is. */
export interface FileTimes {
  atime?: FileTime;
  mtime?: FileTime;
  /** Follow the path if it is a link. Default `false`: a link's own times are set. */
  follow?: boolean;
  /** Directory descriptor that the path is relative to. */
  dir?: number;
}

const AT_SYMLINK_NOFOLLOW = 0x100;
const UTIME_NOW = (1n << 30n) - 1n;
const UTIME_OMIT = (1n << 30n) - 2n;
const BILLION = 1_000_000_000n;

function put(view: BigInt64Array, index: number, time: FileTime): void {
  if (time === 'now' || time === 'omit') {
    view[index + 1] = time === 'now' ? UTIME_NOW : UTIME_OMIT;
    return;
  }
  const total = typeof time === 'bigint' ? time : BigInt(Math.round(time * 1e9));
  let seconds = total / BILLION;
  let rest = total % BILLION;
  if (rest < 0n) {
    seconds -= 1n;
    rest += BILLION;
  }
  view[index] = seconds;
  view[index + 1] = rest;
}

function timespecs(times: FileTimes): BigInt64Array {
  const view = new BigInt64Array(4);
  put(view, 0, times.atime ?? 'omit');
  put(view, 2, times.mtime ?? 'omit');
  return view;
}

/** Sets access and modification time of a path with nanosecond precision; a link's own times by default. */
export function utimensat(path: string | Uint8Array, times: FileTimes): void {
  const fn = bind('int utimensat(int dir, const char *path, void *times, int flags)');
  const flags = times.follow === true ? 0 : AT_SYMLINK_NOFOLLOW;
  check(fn(times.dir ?? AT_FDCWD, cstring(path, 'utimensat'), timespecs(times), flags), 'utimensat', path);
}

/** Like {@link utimensat}, for an open file. */
export function futimens(fd: number, times: Pick<FileTimes, 'atime' | 'mtime'>): void {
  const fn = bind('int futimens(int fd, void *times)');
  check(fn(fd, timespecs(times)), 'futimens');
}
