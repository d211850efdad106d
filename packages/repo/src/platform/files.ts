import * as fs from 'node:fs';
import * as path from 'node:path';
import { isAbsent, withIoError } from './fs-errors.js';
import { nodeCrypto } from './builtins.js';

/** Options of {@link replaceFile}. */
export interface ReplaceFileOptions {
  /** Flush the data before the rename. @default true */
  readonly sync?: boolean;
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
  /** Where the temporary file is made, on the same file system. @default the file's own directory */
  readonly temporaryIn?: string;
}

/** A name for a temporary file that no other writer uses. */
export function temporaryName(prefix: string): string {
  return `${prefix}${nodeCrypto().randomBytes(6).toString('hex')}`;
}

/** Publishes `data` under `file` atomically: temporary file, flush, rename. */
export function replaceFile(file: string, data: string | Uint8Array, options: ReplaceFileOptions = {}): void {
  const temporary = path.join(options.temporaryIn ?? path.dirname(file), temporaryName('.tmp-'));
  const mode = options.mode ?? 0o644;
  withIoError(`Writing ${file}`, () => {
    const fd = fs.openSync(temporary, 'wx', 0o600);
    try {
      fs.writeFileSync(fd, data);
      fs.fchmodSync(fd, mode);
      if (options.sync ?? true) fs.fdatasyncSync(fd);
    } catch (error) {
      fs.closeSync(fd);
      fs.rmSync(temporary, { force: true });
      throw error;
    }
    fs.closeSync(fd);
    try {
      fs.renameSync(temporary, file);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Reads a whole file, or null when it is absent. */
export function readIfPresent(file: string): Buffer | null {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Names in a directory, or none when it is absent. */
export function listIfPresent(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** `lstat`, or null when the path is absent. */
export function lstatIfPresent(file: string): fs.Stats | null {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Flushes a directory, so that the names in it survive a power cut. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Fills `buffer` from `position`; a shorter result means that the file ended.
 * @param expected size of the file: when the first read gives as much and no more, it is not asked for its end
 */
export function readAt(fd: number, buffer: Uint8Array, position: number | null, expected = -1): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = fs.readSync(fd, buffer, filled, buffer.length - filled, position === null ? null : position + filled);
    filled += count;
    if (count === 0 || filled === expected) break;
  }
  return filled;
}

/** {@link writeAll} for two pieces in a row, in one call to the system. */
export function writeBoth(fd: number, first: Uint8Array, second: Uint8Array): void {
  const done = fs.writevSync(fd, [first, second]);
  writeAll(fd, first.subarray(Math.min(done, first.length)));
  writeAll(fd, second.subarray(Math.max(0, done - first.length)));
}

/** Writes every byte of `data` at the file's position. */
export function writeAll(fd: number, data: Uint8Array): void {
  for (let done = 0; done < data.length; ) done += fs.writeSync(fd, data, done, data.length - done);
}
