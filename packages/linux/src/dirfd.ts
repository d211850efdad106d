import { constants, openSync } from 'node:fs';
import { bind, check, cstring } from './libc.js';

/** Directory descriptor that stands for the current directory. */
export const AT_FDCWD = -100;
/** {@link linkat}: follow `oldName` if it is a link. */
export const AT_SYMLINK_FOLLOW = 0x400;
/** {@link linkat}: `oldName` is empty and `oldDir` is the file itself. */
export const AT_EMPTY_PATH = 0x1000;
/** {@link unlinkat}: remove a directory. */
export const AT_REMOVEDIR = 0x200;
/** {@link renameat2}: fail with EEXIST rather than replace. */
export const RENAME_NOREPLACE = 1;
/** {@link renameat2}: swap the two names. */
export const RENAME_EXCHANGE = 2;

const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;

/** Opens a directory as a base for the calls below (O_PATH: no read permission needed). Close with `fs.closeSync`. */
export function openDir(path: string | Uint8Array): number {
  const name = typeof path === 'string' ? path : Buffer.from(path);
  return openSync(name, O_PATH | O_CLOEXEC | constants.O_DIRECTORY);
}

/** Opens a file below a directory descriptor; flags from `fs.constants`. Close with `fs.closeSync`. */
export function openat(dir: number, name: string | Uint8Array, flags: number, mode = 0o666): number {
  const fn = bind('int openat(int dir, const char *name, int flags, unsigned int mode)');
  return check(fn(dir, cstring(name, 'openat'), flags | O_CLOEXEC, mode), 'openat', name);
}

/** Makes a directory below a directory descriptor. */
export function mkdirat(dir: number, name: string | Uint8Array, mode = 0o777): void {
  const fn = bind('int mkdirat(int dir, const char *name, unsigned int mode)');
  check(fn(dir, cstring(name, 'mkdirat'), mode), 'mkdirat', name);
}

/** Hard-links a file, both names below directory descriptors. */
export function linkat(
  oldDir: number,
  oldName: string | Uint8Array,
  newDir: number,
  newName: string | Uint8Array,
  flags = 0,
): void {
  const fn = bind('int linkat(int oldDir, const char *oldName, int newDir, const char *newName, int flags)');
  check(fn(oldDir, cstring(oldName, 'linkat'), newDir, cstring(newName, 'linkat'), flags), 'linkat', newName);
}

/** Makes a symbolic link below a directory descriptor. */
export function symlinkat(target: string | Uint8Array, dir: number, name: string | Uint8Array): void {
  const fn = bind('int symlinkat(const char *target, int dir, const char *name)');
  check(fn(cstring(target, 'symlinkat'), dir, cstring(name, 'symlinkat')), 'symlinkat', name);
}

/** Removes a file, or with {@link AT_REMOVEDIR} an empty directory, below a directory descriptor. */
export function unlinkat(dir: number, name: string | Uint8Array, flags = 0): void {
  const fn = bind('int unlinkat(int dir, const char *name, int flags)');
  check(fn(dir, cstring(name, 'unlinkat'), flags), 'unlinkat', name);
}

/** Renames below directory descriptors, with {@link RENAME_NOREPLACE} or {@link RENAME_EXCHANGE}. */
export function renameat2(
  oldDir: number,
  oldName: string | Uint8Array,
  newDir: number,
  newName: string | Uint8Array,
  flags = 0,
): void {
  const fn = bind(
    'int renameat2(int oldDir, const char *oldName, int newDir, const char *newName, unsigned int flags)',
  );
  check(fn(oldDir, cstring(oldName, 'renameat2'), newDir, cstring(newName, 'renameat2'), flags), 'renameat2', newName);
}

/** Renames a path but never replaces: EEXIST when `to` exists. */
export function renameNoReplace(from: string | Uint8Array, to: string | Uint8Array): void {
  renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

/** Swaps two paths in one atomic step; both must exist. */
export function renameExchange(a: string | Uint8Array, b: string | Uint8Array): void {
  renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}
