import * as fs from 'node:fs';
import * as path from 'node:path';
import { listIfPresent } from '../platform/files.js';
import type { Identities, Identity } from '../platform/identities.js';
import { readSealed, writeSealed } from '../platform/sealed-file.js';
import type { Repo } from '../repo.js';
import type { DirectoryEntry } from '../tree/lookup.js';

const DIRECTORY = 'tmp/cache/ost-checkouts';
/** Changed whenever what is in the file does. */
const MARK = 'ostKNOW4';
/** Above this size the file costs more than it saves. */
const MAX_BYTES = 64 << 20;

/** A directory of a checkout: its identity, its files that are no links, the directories in it. */
export type KnownDirectory = readonly [
  identity: Identity,
  own: readonly (readonly [name: string, identity: Identity])[],
  dirs: readonly (readonly [name: string, directory: KnownDirectory])[],
];

/** A directory, and what it is in the commit. What those in it are is written there. */
export interface KnownTree extends DirectoryEntry {
  readonly directory: KnownDirectory;
}

/** The root of a checkout, and of the copy that it has of one of its directories. */
export interface KnownCheckout {
  readonly tree: KnownTree;
  readonly copy: KnownTree | null;
}

/** Whether a directory, its files that are no links included, is as it was. Not those in it. */
export function isUnchanged(identities: Identities, directory: string, [identity, own]: KnownDirectory): boolean {
  if (identity === '' || identities.of(directory) !== identity) return false;
  return own.every(([name, known]) => known !== '' && identities.of(`${directory}/${name}`) === known);
}

/**
 * What the last update of a checkout has seen, by the inode of its root directory. The file may be lost, and may be older
 * than the checkout: then more is looked at.
 */
export function recallCheckout(repo: Repo, directory: string): KnownCheckout | null {
  const bytes = readSealed(fileFor(repo, directory), MARK, MAX_BYTES);
  return bytes === null ? null : (JSON.parse(bytes.toString()) as KnownCheckout);
}

/** Keeps what an update has seen. */
export function rememberCheckout(repo: Repo, directory: string, known: KnownCheckout): void {
  writeSealed(repo.path, fileFor(repo, directory), MARK, Buffer.from(JSON.stringify(known)), MAX_BYTES);
}

/**
 * Forgets what {@link updateCheckout} remembers, but for these checkouts. Without any, their next updates look at each
 * directory: so it must be when files of the repository are not what they should be.
 */
export function forgetCheckouts(repo: Repo, except: readonly string[] = []): void {
  const kept = new Set(except.map((directory) => path.basename(fileFor(repo, directory))));
  const base = path.join(repo.path, DIRECTORY);
  for (const name of listIfPresent(base)) if (!kept.has(name)) fs.unlinkSync(path.join(base, name));
}

function fileFor(repo: Repo, directory: string): string {
  return path.join(repo.path, DIRECTORY, String(fs.lstatSync(directory, { bigint: true }).ino));
}
