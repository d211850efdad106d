import * as fs from 'node:fs';
import * as path from 'node:path';
import { lock } from '@ost/linux';
import { nodeCrypto } from '../platform/builtins.js';
import { lstatIfPresent } from '../platform/files.js';
import { isAbsent } from '../platform/fs-errors.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The name of this boot, which staging directories carry so that the next boot can tell them stale. */
export function bootId(): string {
  return process.env['OSTREE_BOOTID'] ?? fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** A locked staging directory. */
export interface Staging {
  readonly path: string;
  /** True when an earlier transaction of this boot left it: its objects are complete and are reused. */
  readonly resumed: boolean;
  /** Gives up the lock; the directory stays, for the next transaction to reuse, unless it was removed before. */
  release(): void;
}

/** Opens and locks `file`; null when another process holds it. Loops because a holder unlinks the file as it lets go. */
function tryLockFile(file: string): { release(): void } | null {
  for (;;) {
    const fd = fs.openSync(file, 'a+', 0o600);
    if (!lock(fd, 'exclusive', { wait: false })) {
      fs.closeSync(fd);
      return null;
    }
    const named = lstatIfPresent(file);
    if (named !== null && named.ino === fs.fstatSync(fd).ino) {
      return {
        release: () => {
          try {
            fs.rmSync(file, { force: true });
          } finally {
            fs.closeSync(fd);
          }
        },
      };
    }
    fs.closeSync(fd);
  }
}

function randomName(): string {
  return Array.from({ length: 6 }, () => alphabet[nodeCrypto().randomInt(alphabet.length)]).join('');
}

/** True for the name of a staging directory of any boot. */
function isStagingName(name: string): boolean {
  return name.startsWith('staging-') && !name.endsWith('-lock');
}

/** True for the name of a staging directory's lock file. */
function isStagingLock(name: string): boolean {
  return name.startsWith('staging-') && name.endsWith('-lock');
}

/** Removes half-written files that a killed writer left beside the object directories. */
function dropTemporaries(staging: string): void {
  for (const name of fs.readdirSync(staging)) {
    if (name.length !== 2) fs.rmSync(path.join(staging, name), { recursive: true, force: true });
  }
}

/**
 * Takes a staging directory in `tmp`: one that an earlier transaction of this boot left, or a fresh one
 * (repository format, "Transactions").
 */
export function openStaging(tmp: string): Staging {
  const prefix = `staging-${bootId()}-`;
  for (const name of fs.readdirSync(tmp)) {
    if (!name.startsWith(prefix) || name.endsWith('-lock')) continue;
    const directory = path.join(tmp, name);
    if (lstatIfPresent(directory)?.isDirectory() !== true) continue;
    const held = tryLockFile(`${directory}-lock`);
    if (held === null) continue;
    if (lstatIfPresent(directory)?.isDirectory() !== true) {
      held.release();
      continue;
    }
    dropTemporaries(directory);
    return { path: directory, resumed: true, release: () => held.release() };
  }
  for (;;) {
    const directory = path.join(tmp, prefix + randomName());
    const held = tryLockFile(`${directory}-lock`);
    if (held === null) continue;
    try {
      fs.mkdirSync(directory, { mode: 0o775 });
    } catch (error) {
      held.release();
      throw error;
    }
    return { path: directory, resumed: false, release: () => held.release() };
  }
}

/** What {@link cleanTmp} keeps. */
export interface CleanTmpOptions {
  /** Age in seconds above which other entries are removed. */
  readonly expirySeconds: number;
}

/** Removes stale staging directories of other boots and expired leftovers from `tmp`. */
export function cleanTmp(tmp: string, options: CleanTmpOptions): void {
  const current = `staging-${bootId()}-`;
  for (const name of fs.readdirSync(tmp)) {
    const entry = path.join(tmp, name);
    if (name === 'cache') continue;
    if (isStagingLock(name)) {
      // The lock file of a transaction that was killed as it began or ended.
      if (lstatIfPresent(entry.slice(0, -'-lock'.length)) === null) tryLockFile(entry)?.release();
      continue;
    }
    if (isStagingName(name)) {
      if (!name.startsWith(current)) removeStaleStaging(entry);
      continue;
    }
    const stat = lstatIfPresent(entry);
    if (stat === null) continue;
    const age = (Date.now() - stat.mtimeMs) / 1000;
    if (age > options.expirySeconds) fs.rmSync(entry, { recursive: true, force: true });
  }
}

function removeStaleStaging(directory: string): void {
  const held = tryLockFile(`${directory}-lock`);
  if (held === null) return;
  try {
    fs.rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  } finally {
    held.release();
  }
}
