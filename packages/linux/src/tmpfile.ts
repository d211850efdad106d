import { constants, openSync } from 'node:fs';
import { AT_FDCWD, AT_SYMLINK_FOLLOW, linkat } from './dirfd.js';

const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/**
 * Opens a nameless file in a directory (O_TMPFILE), readable and writable. It vanishes when closed unless
 * {@link linkTmpfile} gives it a name. Throws Node's error with code ENOTSUP (or EISDIR on old kernels) where
 * the file system cannot; the caller then makes a named temporary file.
 */
export function openTmpfile(dir: string | Uint8Array, mode = 0o600): number {
  const path = typeof dir === 'string' ? dir : Buffer.from(dir);
  return openSync(path, O_TMPFILE | constants.O_RDWR, mode);
}

/** Gives a nameless file its name, which must not exist yet (EEXIST). Needs `/proc`. */
export function linkTmpfile(fd: number, name: string | Uint8Array, dir: number = AT_FDCWD): void {
  linkat(AT_FDCWD, `/proc/self/fd/${fd}`, dir, name, AT_SYMLINK_FOLLOW);
}
