import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, compareNames, isRefName, OstError, parseRefspec } from '@ost/objects';
import { isAbsent, withIoError } from '../platform/fs-errors.js';
import { readRefFile } from './ref-files.js';

/** A ref and the commit it points at. */
export interface RefEntry {
  /** Remote that it belongs to; null for a local ref. */
  readonly remote: string | null;
  readonly name: string;
  readonly checksum: Checksum;
  /** For an alias, the ref that it stands for, else null. */
  readonly alias: string | null;
}

/** A ref of a collection. */
export interface CollectionRefEntry {
  readonly collection: string;
  readonly name: string;
  readonly checksum: Checksum;
}

/** `REMOTE:NAME`, or `NAME` for a local ref. */
export function refspecOf(entry: Pick<RefEntry, 'remote' | 'name'>): string {
  return entry.remote === null ? entry.name : `${entry.remote}:${entry.name}`;
}

/** Every file below `base/prefix` that has a valid ref name, as [name below base, alias target]. */
function* walk(repo: string, base: string, prefix: string): Generator<[name: string, alias: string | null]> {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(path.join(repo, base, prefix), { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  for (const entry of entries) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (!isRefName(name)) continue;
    if (entry.isDirectory()) yield* walk(repo, base, name);
    else if (entry.isSymbolicLink()) yield [name, aliasTarget(repo, base, name)];
    else if (entry.isFile()) yield [name, null];
  }
}

function aliasTarget(repo: string, base: string, name: string): string {
  return fs.readlinkSync(path.join(repo, base, name)).replace(/^(?:\.\.\/)+/, '');
}

function* refsBelow(repo: string, base: string, prefix: string, remote: string | null): Generator<RefEntry> {
  if (prefix !== '') {
    const checksum = readRefFile(repo, `${base}/${prefix}`);
    if (checksum !== null) {
      const link = fs.lstatSync(path.join(repo, base, prefix)).isSymbolicLink();
      yield { remote, name: prefix, checksum, alias: link ? aliasTarget(repo, base, prefix) : null };
      return;
    }
  }
  for (const [name, alias] of walk(repo, base, prefix)) {
    const checksum = readRefFile(repo, `${base}/${name}`);
    if (checksum !== null) yield { remote, name, checksum, alias };
  }
}

function sorted<T extends { readonly name: string }>(entries: Iterable<T>): T[] {
  return [...entries].sort((a, b) => compareNames(a.name, b.name));
}

/** Names in a directory of `refs` that every repository has. */
function namesOf(repo: string, directory: 'refs/heads' | 'refs/remotes'): string[] {
  return withIoError(`Listing refs: opendir(${directory})`, () => fs.readdirSync(path.join(repo, directory))).sort(
    compareNames,
  );
}

/**
 * Lists refs sorted by name: local ones, then those of each remote. A prefix selects one ref, the refs below a
 * directory, or with `REMOTE:` those of one remote.
 * @throws OstError `invalid-name`
 */
export function listRefs(repo: string, prefix?: string): RefEntry[] {
  if (prefix === undefined || prefix === '') {
    // A repository that lost one of the two would look as if nothing were worth keeping.
    namesOf(repo, 'refs/heads');
    const local = sorted(refsBelow(repo, 'refs/heads', '', null));
    const remotes = namesOf(repo, 'refs/remotes').flatMap((r) => sorted(refsBelow(repo, `refs/remotes/${r}`, '', r)));
    return [...local, ...remotes];
  }
  const whole = /^([^:]+):\.?$/.exec(prefix)?.[1];
  if (whole !== undefined) return sorted(refsBelow(repo, `refs/remotes/${whole}`, '', whole));
  let spec: { remote: string | null; ref: string };
  try {
    spec = parseRefspec(prefix);
  } catch (error) {
    throw new OstError('invalid-name', `Listing refs: ${(error as Error).message}`, { cause: error });
  }
  const base = spec.remote === null ? 'refs/heads' : `refs/remotes/${spec.remote}`;
  const found = sorted(refsBelow(repo, base, spec.ref, spec.remote));
  if (spec.remote !== null || found.length > 0) return found;
  // A plain prefix may also name a remote's directory: origin/main.
  const [remote, ...rest] = spec.ref.split('/');
  return sorted(refsBelow(repo, `refs/remotes/${remote as string}`, rest.join('/'), remote as string));
}

/** Refs of foreign collections, below `refs/mirrors`. */
export function listMirrorRefs(repo: string): CollectionRefEntry[] {
  const base = path.join(repo, 'refs/mirrors');
  let collections: string[];
  try {
    collections = fs.readdirSync(base).sort(compareNames);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  return collections.flatMap((collection) =>
    sorted(refsBelow(repo, `refs/mirrors/${collection}`, '', null)).map(({ name, checksum }) => ({
      collection,
      name,
      checksum,
    })),
  );
}
