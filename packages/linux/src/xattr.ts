import { bind, cstring, failure, lastErrno } from './libc.js';

/** One extended attribute: the name without its final NUL, and the value's bytes. */
export interface LinuxXattr {
  name: Uint8Array;
  value: Uint8Array;
}

const ENODATA = 61;
const ENOTSUP = 95;
const ERANGE = 34;

/** The kernel clears a buffer of the size we name, so it starts small; it grows to what a file needed. */
let scratch = new Uint8Array(1024);

type Target = string | Uint8Array | number;

const LIST_PATH = 'int64_t llistxattr(const char *path, void *list, size_t size)';
const LIST_FD = 'int64_t flistxattr(int fd, void *list, size_t size)';
const GET_PATH = 'int64_t lgetxattr(const char *path, const char *name, void *value, size_t size)';
const GET_FD = 'int64_t fgetxattr(int fd, const char *name, void *value, size_t size)';
const SET_PATH = 'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)';
const SET_FD = 'int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)';
const REMOVE_PATH = 'int lremovexattr(const char *path, const char *name)';
const REMOVE_FD = 'int fremovexattr(int fd, const char *name)';

function handle(target: Target, syscall: string): string | Uint8Array | number {
  return typeof target === 'number' ? target : cstring(target, syscall);
}

function display(target: Target): string | Uint8Array | undefined {
  return typeof target === 'number' ? undefined : target;
}

/** Fills {@link scratch} by a call that reports the size needed; returns the length, or -errno. */
function fill(call: (buffer: Uint8Array | null, size: number) => number): number {
  for (;;) {
    const length = call(scratch, scratch.length);
    if (length >= 0) return length;
    const errno = lastErrno();
    if (errno !== ERANGE) return -errno;
    const needed = call(null, 0);
    if (needed < 0) return -lastErrno();
    scratch = new Uint8Array(Math.max(needed, scratch.length * 2));
  }
}

function list(syscall: string, prototype: string, target: Target): Uint8Array[] {
  const fn = bind(prototype);
  const subject = handle(target, syscall);
  const length = fill((buffer, size) => fn(subject, buffer, size));
  if (length === 0 || length === -ENOTSUP) return [];
  if (length < 0) throw failure(-length, syscall, display(target));
  const names: Uint8Array[] = [];
  for (let start = 0; start < length; ) {
    let end = scratch.indexOf(0, start);
    if (end < 0 || end > length) end = length;
    if (end > start) names.push(scratch.slice(start, end));
    start = end + 1;
  }
  return names;
}

function get(syscall: string, prototype: string, target: Target, name: string | Uint8Array): Uint8Array | null {
  const fn = bind(prototype);
  const subject = handle(target, syscall);
  const key = cstring(name, syscall);
  const length = fill((buffer, size) => fn(subject, key, buffer, size));
  if (length >= 0) return scratch.slice(0, length);
  if (length === -ENODATA) return null;
  throw failure(-length, syscall, display(target));
}

function set(
  syscall: string,
  prototype: string,
  target: Target,
  name: string | Uint8Array,
  value: Uint8Array,
  flags = 0,
): void {
  const fn = bind(prototype);
  const data = value.length === 0 ? null : value;
  if (fn(handle(target, syscall), cstring(name, syscall), data, value.length, flags) < 0) {
    throw failure(lastErrno(), syscall, display(target));
  }
}

function remove(syscall: string, prototype: string, target: Target, name: string | Uint8Array): boolean {
  const fn = bind(prototype);
  if (fn(handle(target, syscall), cstring(name, syscall)) >= 0) return true;
  const errno = lastErrno();
  if (errno === ENODATA) return false;
  throw failure(errno, syscall, display(target));
}

/** Value of an extended attribute, links not followed; `null` when the file has no such attribute (ENODATA). */
export function lgetxattr(path: string | Uint8Array, name: string | Uint8Array): Uint8Array | null {
  return get('lgetxattr', GET_PATH, path, name);
}

/** Like {@link lgetxattr}, for an open file. */
export function fgetxattr(fd: number, name: string | Uint8Array): Uint8Array | null {
  return get('fgetxattr', GET_FD, fd, name);
}

/**
 * Names of a file's extended attributes in the kernel's order, links not followed. A file system without
 * extended attributes (ENOTSUP) has none: the answer is the empty list.
 */
export function llistxattr(path: string | Uint8Array): Uint8Array[] {
  return list('llistxattr', LIST_PATH, path);
}

/** Like {@link llistxattr}, for an open file. */
export function flistxattr(fd: number): Uint8Array[] {
  return list('flistxattr', LIST_FD, fd);
}

/** Sets an extended attribute, links not followed; creates or replaces, unless flags of setxattr(2) say which. */
export function lsetxattr(path: string | Uint8Array, name: string | Uint8Array, value: Uint8Array, flags = 0): void {
  set('lsetxattr', SET_PATH, path, name, value, flags);
}

/** Like {@link lsetxattr}, for an open file. */
export function fsetxattr(fd: number, name: string | Uint8Array, value: Uint8Array): void {
  set('fsetxattr', SET_FD, fd, name, value);
}

/** Removes an extended attribute, links not followed; `false` when there was none. */
export function lremovexattr(path: string | Uint8Array, name: string | Uint8Array): boolean {
  return remove('lremovexattr', REMOVE_PATH, path, name);
}

/** Like {@link lremovexattr}, for an open file. */
export function fremovexattr(fd: number, name: string | Uint8Array): boolean {
  return remove('fremovexattr', REMOVE_FD, fd, name);
}

/**
 * All extended attributes of a path (links not followed) or an open file, in the kernel's order. A file without
 * any costs one system call. An attribute that disappears between the list and the read is left out.
 */
export function readXattrs(target: string | Uint8Array | number): LinuxXattr[] {
  const names = typeof target === 'number' ? flistxattr(target) : llistxattr(target);
  if (names.length === 0) return [];
  const result: LinuxXattr[] = [];
  for (const name of names) {
    const value = typeof target === 'number' ? fgetxattr(target, name) : lgetxattr(target, name);
    if (value !== null) result.push({ name, value });
  }
  return result;
}
