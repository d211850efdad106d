import * as fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { isAbsent } from '../errors.js';

/** When a replaced file's data is flushed: never, when an older file is replaced, or always. */
export type SyncPolicy = 'none' | 'default' | 'always';

/** Name of a temporary file next to `path`. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.tmp-${randomBytes(6).toString('hex')}`);
}

/** Whether a name is one that {@link temporaryBeside} gives. */
export function isTemporary(name: string): boolean {
  return /^\.tmp-[0-9a-f]{12}$/.test(name);
}

/** Publishes a file by renaming a temporary one over it. */
export function replaceFile(path: string, data: string | Uint8Array, sync: SyncPolicy = 'default', mode = 0o644): void {
  const temporary = temporaryBeside(path);
  const flush = sync === 'always' || (sync === 'default' && exists(path));
  try {
    const fd = fs.openSync(temporary, 'wx', 0o600);
    try {
      fs.writeFileSync(fd, data);
      if (flush) fs.fdatasyncSync(fd);
      fs.fchmodSync(fd, mode);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Points a symbolic link somewhere else in one atomic step. */
export function replaceSymlink(target: string, path: string): void {
  const temporary = `${path}.tmp`;
  removeFile(temporary);
  fs.symlinkSync(target, temporary);
  fs.renameSync(temporary, path);
}

/** Makes a directory and those above it; existing ones stay as they are. */
export function makeDirs(path: string, mode = 0o777): void {
  fs.mkdirSync(path, { recursive: true, mode });
}

/** Removes a file; `false` when it was not there. */
export function removeFile(path: string): boolean {
  try {
    fs.unlinkSync(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Removes a tree, any byte allowed in its names; an absent one is fine. Immutable directories must be opened first. */
export function removeTree(path: string | Buffer): void {
  const at = typeof path === 'string' ? Buffer.from(path) : path;
  const stat = fs.lstatSync(at, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) removeDirectory(at);
  else fs.unlinkSync(at);
}

function removeDirectory(dir: Buffer): void {
  const prefix = Buffer.concat([dir, Buffer.from('/')]);
  for (const entry of fs.readdirSync(dir, { encoding: 'buffer' })) {
    const child = Buffer.concat([prefix, entry]);
    try {
      fs.unlinkSync(child);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EISDIR' && code !== 'EPERM') throw error;
      if (!fs.lstatSync(child).isDirectory()) throw error;
      removeDirectory(child);
    }
  }
  fs.rmdirSync(dir);
}

/** Whether a path exists, links not followed. */
export function exists(path: string): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Whether a path is a directory, links followed. */
export function isDirectory(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Names in a directory; an absent directory has none. */
export function namesIn(path: string): string[] {
  try {
    return fs.readdirSync(path);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Content of a file, or `null` when there is none. */
export function readIfPresent(path: string): Buffer | null {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Target of a symbolic link, or `null` when there is nothing. */
export function readlinkIfPresent(path: string): string | null {
  try {
    return fs.readlinkSync(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}
