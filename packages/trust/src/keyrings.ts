import * as fs from 'node:fs';
import * as path from 'node:path';
import { findRemoteKeyring, isAbsent, remoteOption, type Repo } from '@ost/repo';
import { OstError } from '@ost/objects';

/** Keys that no remote has for itself, where `OSTREE_GPG_HOME` says nothing else. */
const GLOBAL_KEYRINGS = '/usr/share/ostree/trusted.gpg.d';
const NOT_KEYRINGS = new Set(['trustdb.gpg', 'secring.gpg']);

/** All regular files of a directory that `wanted` takes; none when there is no such directory. */
function readFiles(directory: string, wanted: (name: string) => boolean): Uint8Array[] {
  let names: string[];
  try {
    names = fs.readdirSync(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  const files = names.filter(wanted).map((name) => path.join(directory, name));
  return files.filter((file) => fs.statSync(file).isFile()).map((file) => fs.readFileSync(file));
}

function isKeyring(name: string): boolean {
  return name.endsWith('.gpg') && !NOT_KEYRINGS.has(name);
}

/** OpenPGP keyrings that hold for everything (transfer format, "Key search order"). */
export function globalKeyrings(env: NodeJS.ProcessEnv = process.env): Uint8Array[] {
  const directory = env['OSTREE_GPG_HOME'] ?? GLOBAL_KEYRINGS;
  try {
    return readFiles(directory, isKeyring);
  } catch (error) {
    throw new OstError('io', `Reading keyring directory '${directory}': ${(error as Error).message}`, { cause: error });
  }
}

/** The paths in `gpgkeypath`: separated by commas or by semicolons, but not by both. */
function configuredPaths(repo: Repo, remote: string): string[] {
  const text = remoteOption(repo, remote, 'gpgkeypath') ?? '';
  if (text === '') return [];
  if (text.includes(',') && text.includes(';')) {
    throw new OstError('config', 'key value list contains more than one separator', { data: { remote } });
  }
  return text.replace(/[,;]$/, '').split(/[,;]/);
}

/** Keyrings that a remote has for itself: its own file, else a parent repository's, and those it is configured with. */
export function ownKeyrings(repo: Repo, remote: string): { readonly file: Uint8Array[]; readonly paths: Uint8Array[] } {
  let found: string | null = null;
  for (let r: Repo | null = repo; r !== null && found === null; r = r.parent) found = findRemoteKeyring(r, remote);
  const file = found === null ? [] : [fs.readFileSync(found)];
  const paths = configuredPaths(repo, remote).flatMap((name) => {
    const stat = fs.statSync(name === '' ? '.' : name, { throwIfNoEntry: false });
    if (name === '' || stat === undefined) {
      throw new OstError('not-found', `opendir(${name}): No such file or directory`, { data: { remote } });
    }
    return stat.isDirectory() ? readFiles(name, () => true) : [fs.readFileSync(name)];
  });
  return { file, paths };
}

/** Keyrings by which commits of a remote are verified; the global ones count only if it has no file of its own. */
export function remoteKeyrings(repo: Repo, remote: string, env: NodeJS.ProcessEnv = process.env): Uint8Array[] {
  const { file, paths } = ownKeyrings(repo, remote);
  return file.length > 0 ? [...file, ...paths] : [...paths, ...globalKeyrings(env)];
}

/**
 * Every keyring that is known, for showing who signed something.
 * @throws OstError `not-found` when there is no `homedir`
 */
export function allKeyrings(repo: Repo, env: NodeJS.ProcessEnv = process.env, homedir?: string): Uint8Array[] {
  if (homedir !== undefined && !fs.existsSync(homedir)) {
    throw new OstError('not-found', `opendir(${homedir}): No such file or directory`);
  }
  const home = homedir === undefined ? [] : readFiles(homedir, isKeyring);
  return [...readFiles(repo.path, isKeyring), ...globalKeyrings(env), ...home];
}
