import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  assertCollectionId,
  assertRefName,
  type Checksum,
  isChecksum,
  isOstError,
  isRemoteName,
  OstError,
  toChecksum,
} from '@ost/objects';
import { replaceFile, temporaryName } from '../platform/files.js';
import { errnoOf, ioError, isAbsent, strerror } from '../platform/fs-errors.js';

/** Which ref: a local one, one of a remote, or one of a foreign collection. */
export interface RefLocation {
  readonly name: string;
  /** Remote whose ref it is; absent for a local ref. */
  readonly remote?: string | null;
  /** Foreign collection, stored in `refs/mirrors`; excludes `remote`. */
  readonly collection?: string | null;
}

/**
 * The ref's file below the repository (repository format, "Refs").
 * @throws OstError `invalid-name` for what is no name, and could lead elsewhere
 */
export function refPath(location: RefLocation): string {
  const { name, remote, collection } = location;
  assertRefName(name);
  if (collection != null) {
    assertCollectionId(collection);
    return `refs/mirrors/${collection}/${name}`;
  }
  if (remote == null) return `refs/heads/${name}`;
  if (!isRemoteName(remote)) {
    throw new OstError('invalid-name', `Invalid refspec ${remote}:${name}`, { data: { remote, name } });
  }
  return `refs/remotes/${remote}/${name}`;
}

const scratch = Buffer.allocUnsafe(128);

/** One read gets all of a ref, without a look at its size. */
function readShortText(file: string): string {
  const fd = fs.openSync(file, 'r');
  try {
    const length = fs.readSync(fd, scratch, 0, scratch.length, 0);
    return length < scratch.length ? scratch.toString('latin1', 0, length) : fs.readFileSync(fd, 'latin1');
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Reads a ref file; null when there is none. A directory is not a ref.
 * @throws OstError `invalid-argument` (`refs/heads/main: Invalid rev TEXT`) for a damaged one
 */
export function readRefFile(repo: string, relative: string): Checksum | null {
  let text: string;
  try {
    text = readShortText(path.join(repo, relative)).trimEnd();
  } catch (error) {
    if (isAbsent(error) || errnoOf(error) === 'EISDIR') return null;
    throw ioError(error, `openat(${relative})`);
  }
  try {
    return toChecksum(text);
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`${relative}: `) : error;
  }
}

/** Path below `directory` of the first file in it, at any depth; null when it holds only directories. */
function firstFile(directory: string): string | null {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) return entry.name;
    const below = firstFile(path.join(directory, entry.name));
    if (below !== null) return `${entry.name}/${below}`;
  }
  return null;
}

/**
 * Points a ref at a commit, atomically.
 * @throws OstError `invalid-name`, or `state` when the name is a directory of other refs or lies below a ref
 */
export function writeRefFile(
  repo: string,
  location: RefLocation,
  checksum: Checksum,
  options: { readonly fsync: boolean },
): void {
  const relative = refPath(location);
  if (isChecksum(location.name))
    throw new OstError('invalid-name', `Rev name '${location.name}' looks like a checksum`);
  const file = path.join(repo, relative);
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // A directory of deleted refs gives way; one with refs in it does not.
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
      const taken = firstFile(file);
      if (taken !== null) {
        const what = `Conflict: ${taken} exists under ${location.name} when attempting write`;
        throw new OstError('state', what, { data: { ref: location.name } });
      }
      fs.rmSync(file, { recursive: true });
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    // Node words it as "File exists" when a directory's name is taken by a ref.
    const blocked = errno === 'EEXIST' || errno === 'ENOTDIR';
    const why = blocked ? 'Not a directory' : strerror(error);
    throw new OstError(blocked ? 'state' : 'io', `openat(${relative}): ${why}`, { cause: error });
  }
  replaceFile(file, `${checksum}\n`, { sync: options.fsync, temporaryIn: path.join(repo, 'tmp') });
  touch(repo);
}

/**
 * Makes a local ref that stands for another one: a relative symlink (repository format, "Aliases"). An existing alias
 * is replaced.
 * @throws OstError `not-found` when there is no such ref
 */
export function writeAliasFile(repo: string, name: string, target: string): void {
  const file = path.join(repo, refPath({ name }));
  if (readRefFile(repo, refPath({ name: target })) === null) {
    throw new OstError('not-found', `Cannot create alias to non-existent ref: ${target}`, { data: { ref: target } });
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = path.join(repo, 'tmp', temporaryName('.tmp-'));
  fs.symlinkSync(`${'../'.repeat(name.split('/').length - 1)}${target}`, temporary);
  try {
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  touch(repo);
}

/** Deletes a ref; a missing one is fine. */
export function removeRefFile(repo: string, location: RefLocation): void {
  fs.rmSync(path.join(repo, refPath(location)), { force: true });
  touch(repo);
}

/** The repository directory's time tells watchers that refs changed. */
function touch(repo: string): void {
  const now = Date.now() / 1000;
  fs.utimesSync(repo, now, now);
}
