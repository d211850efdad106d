import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum } from '@ost/objects';
import { listIfPresent, replaceFile } from '../platform/files.js';
import { isAbsent } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import type { Repo } from '../repo.js';

const DIRECTORY = 'tmp/cache/ost-checkouts';
/** Changed whenever what is in the file does. */
const MAGIC = 'ostKNOWN1';
/** Above this size the file costs more than it saves. */
const MAX_BYTES = 64 << 20;
/** So long the kernel's clock for changes may stand still, in nanoseconds, and some more. */
const TICK = 20_000_000n;

/** What a file or directory was when it was last looked at: inode and time of its last change. Empty: not known. */
export type Identity = string;

/** A directory of a checkout: its identity, what it is in the commit, its empty files, and the directories in it. */
export type KnownDirectory = readonly [
  identity: Identity,
  contents: Checksum,
  meta: Checksum,
  empty: readonly (readonly [name: string, identity: Identity])[],
  dirs: readonly (readonly [name: string, directory: KnownDirectory])[],
];

/**
 * Tells what must be looked at again. Whatever is done to the names in a directory, or to its attributes, changes its
 * time of change, which nobody can set. What has changed a moment ago could change again and look the same, so that it
 * has no identity yet.
 */
export class Identities {
  readonly #settled = BigInt(Date.now()) * 1_000_000n - TICK;

  of(file: string): Identity {
    const { ino, ctimeNs } = fs.lstatSync(file, { bigint: true });
    return ctimeNs < this.#settled ? `${ino}.${ctimeNs}` : '';
  }

  /** Whether a directory, its empty files included, is as it was. Not those in it. */
  isUnchanged(directory: string, [identity, , , empty]: KnownDirectory): boolean {
    if (identity === '' || this.of(directory) !== identity) return false;
    return empty.every(([name, known]) => known !== '' && this.of(`${directory}/${name}`) === known);
  }
}

/**
 * What the last update of a checkout has seen, by the inode of its root directory. The file may be lost, and may be older
 * than the checkout: then more is looked at.
 */
export function recallDirectories(repo: Repo, directory: string): KnownDirectory | null {
  const file = fileFor(repo, directory);
  try {
    if (fs.statSync(file).size > MAX_BYTES) return null;
    const bytes = fs.readFileSync(file);
    const at = MAGIC.length + 64;
    const sound = bytes.toString('latin1', 0, at) === `${MAGIC}${nodeHash.sha256(bytes.subarray(at))}`;
    return sound ? (JSON.parse(bytes.toString('utf8', at)) as KnownDirectory) : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Keeps what an update has seen. */
export function rememberDirectories(repo: Repo, directory: string, known: KnownDirectory): void {
  const bytes = Buffer.from(JSON.stringify(known));
  const file = fileFor(repo, directory);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // Not flushed: a file that a power cut has damaged is one that was lost.
  const options = { sync: false, temporaryIn: path.join(repo.path, 'tmp') };
  replaceFile(file, Buffer.concat([Buffer.from(`${MAGIC}${nodeHash.sha256(bytes)}`), bytes]), options);
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
