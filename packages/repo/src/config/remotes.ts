import * as fs from 'node:fs';
import * as path from 'node:path';
import { assertRemoteName, compareNames, OstError } from '@ost/objects';
import { replaceFile } from '../platform/files.js';
import type { Repo } from '../repo.js';
import { KeyFile } from './key-file.js';

/** Name of the key-file group of a remote. */
export function remoteGroup(name: string): string {
  return `remote "${name}"`;
}

/** Names of the remotes configured in this repository, sorted. */
export function listRemotes(repo: Repo): string[] {
  const names = repo.keyFile.groups().flatMap((group) => /^remote "(.+)"$/.exec(group)?.[1] ?? []);
  return names.sort(compareNames);
}

/** True when this repository or a parent knows the remote. */
export function hasRemote(repo: Repo, name: string): boolean {
  for (let r: Repo | null = repo; r !== null; r = r.parent) if (r.keyFile.hasGroup(remoteGroup(name))) return true;
  return false;
}

/**
 * One option of a remote; a parent repository answers for what is not set here.
 * @throws OstError `not-found` (`Remote "NAME" not found`)
 */
export function remoteOption(repo: Repo, name: string, key: string): string | undefined {
  for (let r: Repo | null = repo; r !== null; r = r.parent) {
    const value = r.keyFile.get(remoteGroup(name), key);
    if (value !== undefined) return value;
  }
  assertRemoteExists(repo, name);
  return undefined;
}

/** @throws OstError `not-found` */
export function assertRemoteExists(repo: Repo, name: string): void {
  if (!hasRemote(repo, name)) throw new OstError('not-found', `Remote "${name}" not found`, { data: { remote: name } });
}

/** A boolean option of a remote. */
export function remoteBoolean(repo: Repo, name: string, key: string, fallback: boolean): boolean {
  for (let r: Repo | null = repo; r !== null; r = r.parent) {
    const value = r.keyFile.getBoolean(remoteGroup(name), key);
    if (value !== undefined) return value;
  }
  assertRemoteExists(repo, name);
  return fallback;
}

/** A list option of a remote. */
export function remoteList(repo: Repo, name: string, key: string, separators = ';'): string[] | undefined {
  for (let r: Repo | null = repo; r !== null; r = r.parent) {
    const value = r.keyFile.getList(remoteGroup(name), key, separators);
    if (value !== undefined) return value;
  }
  assertRemoteExists(repo, name);
  return undefined;
}

/** File with the keys that a remote's commits may be signed with. */
export function remoteKeyringPath(repo: Repo, name: string): string {
  return path.join(repo.path, `${name}.trustedkeys.gpg`);
}

/**
 * The file that holds the keys of a remote: in the repository, or beside the remote's own file in the directory of remotes.
 * @returns null when there is neither; parent repositories are not asked
 */
export function findRemoteKeyring(repo: Repo, name: string): string | null {
  const own = remoteKeyringPath(repo, name);
  const places = repo.remoteFiles === null ? [own] : [own, path.join(repo.remoteFiles.directory, path.basename(own))];
  return places.find((place) => fs.existsSync(place)) ?? null;
}

/** Options of {@link addRemote}. */
export interface AddRemoteOptions {
  /** What to do when it exists already. @default 'fail' */
  readonly existing?: 'fail' | 'keep' | 'replace';
  /** Keys in the order in which they are to be written; a list value is written with `;`. */
  readonly keys: readonly (readonly [string, string | readonly string[]])[];
}

/**
 * Writes a remote into the repository's configuration.
 * @returns false when it exists and is kept
 * @throws OstError `invalid-name`, `already-exists`
 */
export function addRemote(repo: Repo, name: string, options: AddRemoteOptions): boolean {
  assertRemoteName(name);
  const config = repo.readConfig();
  const group = remoteGroup(name);
  const own = repo.remoteFiles?.files.get(name);
  if (config.hasGroup(group) || own !== undefined) {
    if (options.existing === 'keep') return false;
    if (options.existing !== 'replace') {
      const where = own ?? '(in config)';
      throw new OstError('already-exists', `Remote configuration for "${name}" already exists: ${where}`);
    }
    deleteGroup(repo, config, name);
  }
  const directory = repo.remoteFiles?.directory;
  const separate = directory !== undefined && (config.getBoolean('core', 'add-remotes-config-dir') ?? true);
  const target = separate ? new KeyFile() : config;
  for (const [key, value] of options.keys) {
    if (typeof value === 'string') target.set(group, key, value);
    else target.setList(group, key, value);
  }
  if (!separate) repo.saveConfig(config);
  else {
    fs.mkdirSync(directory, { recursive: true });
    replaceFile(path.join(directory, `${name}.conf`), target.serialize(), { sync: repo.config.fsync });
  }
  return true;
}

/** Removes a remote's group from `config`, or its own file; false when there is neither. */
function deleteGroup(repo: Repo, config: KeyFile, name: string): boolean {
  const own = repo.remoteFiles?.files.get(name);
  if (own !== undefined) fs.rmSync(own, { force: true });
  return config.deleteGroup(remoteGroup(name)) || own !== undefined;
}

/**
 * Removes a remote and its keyring; its refs stay.
 * @throws OstError `not-found`
 */
export function deleteRemote(repo: Repo, name: string): void {
  const config = repo.readConfig();
  if (!deleteGroup(repo, config, name)) throw new OstError('not-found', `Remote "${name}" not found`);
  repo.saveConfig(config);
  fs.rmSync(remoteKeyringPath(repo, name), { force: true });
}
