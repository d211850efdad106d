import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { assertCollectionId, isOstError, OstError, parseRepoMode, repoModeConfigName } from '@ost/objects';
import { KeyFile } from './config/key-file.js';
import { type RemoteFiles, readRemoteFiles } from './config/remotes-directory.js';
import { readRepoConfig } from './config/repo-config.js';
import { lstatIfPresent, replaceFile } from './platform/files.js';
import { errnoOf, ioError, isAbsent, strerror } from './platform/fs-errors.js';
import { Repo } from './repo.js';

const initialDirectories = [
  'tmp',
  'extensions',
  'state',
  'refs',
  'refs/heads',
  'refs/mirrors',
  'refs/remotes',
  'objects',
];

/** Options of {@link initRepo}. */
export interface InitOptions {
  /** `bare`, `bare-user`, `bare-user-only`, `bare-split-xattrs` or `archive`. @default 'bare' */
  readonly mode?: string;
  /** Collection that the repository's refs belong to. */
  readonly collectionId?: string;
}

function prefixed(prefix: string, error: unknown): Error {
  if (isOstError(error)) return error.withPrefix(prefix);
  return errnoOf(error) === undefined ? (error as Error) : ioError(error, prefix.replace(/: $/, ''));
}

/**
 * Makes a repository, or leaves an existing one as it is (repository format, "Directory tree").
 * @param repoPath directory to make; its parent must exist
 * @throws OstError `config` for an unknown mode, `invalid-name` for a bad collection id, `io`
 */
export async function initRepo(repoPath: string, options: InitOptions = {}): Promise<Repo> {
  const absolute = path.resolve(repoPath);
  const mode = parseRepoMode(options.mode ?? 'bare');
  if (options.collectionId !== undefined) assertCollectionId(options.collectionId);
  try {
    try {
      fs.mkdirSync(absolute, { mode: 0o775 });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw ioError(error, 'mkdirat');
    }
    if (lstatIfPresent(path.join(absolute, 'objects')) === null) {
      if (lstatIfPresent(path.join(absolute, 'config')) === null) {
        const file = new KeyFile();
        file.set('core', 'repo_version', '1');
        file.set('core', 'mode', repoModeConfigName(mode));
        if (options.collectionId !== undefined) file.set('core', 'collection-id', options.collectionId);
        replaceFile(path.join(absolute, 'config'), file.serialize());
      }
      // `objects` comes last: it is what makes the directory a repository.
      for (const name of initialDirectories) fs.mkdirSync(path.join(absolute, name), { recursive: true, mode: 0o775 });
      if (mode === 'bare-user') await probeUserXattrs(absolute);
    }
    return await openRepo(absolute);
  } catch (error) {
    throw prefixed('Creating repo: ', error);
  }
}

/** Finds out early whether the file system can hold what a bare-user repository needs. */
async function probeUserXattrs(repoPath: string): Promise<void> {
  const { lsetxattr } = await import('@ost/linux');
  const probe = path.join(repoPath, 'tmp', `probe-${process.pid}`);
  fs.writeFileSync(probe, '');
  try {
    lsetxattr(probe, 'user.ostreemeta', new Uint8Array(12));
  } finally {
    fs.rmSync(probe, { force: true });
  }
}

/** Options of {@link openRepo}. */
export interface OpenOptions {
  /** Directory with further remotes, one `.conf` file each; see `systemRemotesDirectory`. @default none */
  readonly remotesDirectory?: string | null;
}

/**
 * Opens a repository, its parents included. Recreates a missing `tmp`.
 * @throws OstError `not-found` when it is none, `config` or `unsupported` when its configuration is refused;
 *   messages start with `opening repo: `
 */
export async function openRepo(repoPath: string, options: OpenOptions = {}): Promise<Repo> {
  try {
    return open(path.resolve(repoPath), options);
  } catch (error) {
    throw prefixed('opening repo: ', error);
  }
}

function open(repoPath: string, options: OpenOptions = {}, seen: readonly string[] = []): Repo {
  if (seen.includes(repoPath)) throw new OstError('config', `Repository ${repoPath} is its own parent`);
  try {
    fs.accessSync(path.join(repoPath, 'objects'));
  } catch (error) {
    const directory = fs.statSync(repoPath, { throwIfNoEntry: false })?.isDirectory() === true;
    const missing = directory ? 'objects' : repoPath;
    throw new OstError(isAbsent(error) ? 'not-found' : 'io', `opendir(${missing}): ${strerror(error)}`, {
      cause: error,
    });
  }
  const keyFile = readKeyFile(repoPath);
  const config = readRepoConfig(keyFile);
  const writable = isWritable(path.join(repoPath, 'objects'));
  if (writable) {
    makeDirectory(path.join(repoPath, 'tmp'));
    if (process.env['OSTREE_SKIP_CACHE'] === undefined) makeDirectory(path.join(repoPath, 'tmp/cache'));
  }
  const remoteFiles =
    options.remotesDirectory == null ? null : readRemoteFiles(path.resolve(options.remotesDirectory), keyFile);
  for (const group of remoteFiles?.keyFile.groups() ?? [])
    keyFile.copyGroup((remoteFiles as RemoteFiles).keyFile, group);
  const parent = openParent(config.parent, [...seen, repoPath]);
  return new Repo(repoPath, keyFile, remoteFiles, config, parent, writable, async (repo) => {
    // Loaded late: most openings never change a ref, and the summary code depends on Repo.
    const { updateSummary } = await import('./maintain/summary.js');
    await updateSummary(repo);
  });
}

function openParent(parent: string | null, seen: readonly string[]): Repo | null {
  if (parent === null || parent === '') return null;
  try {
    return open(path.resolve(parent), {}, seen);
  } catch (error) {
    throw prefixed(`While checking parent repository '${parent}': `, error);
  }
}

function readKeyFile(repoPath: string): KeyFile {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(path.join(repoPath, 'config'));
  } catch (error) {
    throw ioError(error, 'openat(config)');
  }
  if (!isUtf8(bytes)) throw new OstError('config', "Couldn't parse config file: Key file is not valid UTF-8");
  try {
    return KeyFile.parse(bytes.toString());
  } catch (error) {
    throw prefixed("Couldn't parse config file: ", error);
  }
}

function isWritable(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function makeDirectory(directory: string): void {
  if (fs.existsSync(directory)) return;
  try {
    fs.mkdirSync(directory, { mode: 0o775 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
