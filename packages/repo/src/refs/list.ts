import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, compareNames, isRefName, OstError, parseRefspec } from '@ost/objects';
import { lstatIfPresent } from '../platform/files.js';
import { isAbsent, withIoError } from '../platform/fs-errors.js';
import { readRefFile } from './ref-files.js';

/** The name of a ref. */
export interface RefName {
  /** Remote that it belongs to; null for a local ref. */
  readonly remote: string | null;
  readonly name: string;
  /** For an alias, the ref that it stands for, else null. */
  readonly alias: string | null;
}

/** A ref and the commit it points at. */
export interface RefEntry extends RefName {
  readonly checksum: Checksum;
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

/** Names of refs, whatever is in their files. */
function* namesBelow(repo: string, base: string, prefix: string, remote: string | null): Generator<RefName> {
  const own = prefix === '' ? null : lstatIfPresent(path.join(repo, base, prefix));
  if (own !== null && !own.isDirectory()) {
    yield { remote, name: prefix, alias: own.isSymbolicLink() ? aliasTarget(repo, base, prefix) : null };
    return;
  }
  for (const [name, alias] of walk(repo, base, prefix)) yield { remote, name, alias };
}

/** Refs with what is in their files; an alias of nothing is none. */
function* refsBelow(repo: string, base: string, prefix: string, remote: string | null): Generator<RefEntry> {
  for (const ref of namesBelow(repo, base, prefix, remote)) {
    const checksum = readRefFile(repo, `${base}/${ref.name}`);
    if (checksum !== null) yield { ...ref, checksum };
  }
}

type Below<T> = (repo: string, base: string, prefix: string, remote: string | null) => Iterable<T>;

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
  return list(repo, prefix, refsBelow);
}

/** The names that {@link listRefs} has, and those of refs whose files are damaged. */
export function listRefNames(repo: string, prefix?: string): RefName[] {
  return list(repo, prefix, namesBelow);
}

function list<T extends RefName>(repo: string, prefix: string | undefined, below: Below<T>): T[] {
  if (prefix === undefined || prefix === '') {
    // A repository that lost one of the two would look as if nothing were worth keeping.
    namesOf(repo, 'refs/heads');
    const local = sorted(below(repo, 'refs/heads', '', null));
    const remotes = namesOf(repo, 'refs/remotes').flatMap((r) => sorted(below(repo, `refs/remotes/${r}`, '', r)));
    return [...local, ...remotes];
  }
  const whole = /^([^:]+):\.?$/.exec(prefix)?.[1];
  if (whole !== undefined) return sorted(below(repo, `refs/remotes/${whole}`, '', whole));
  let spec: { remote: string | null; ref: string };
  try {
    spec = parseRefspec(prefix);
  } catch (error) {
    throw new OstError('invalid-name', `Listing refs: ${(error as Error).message}`, { cause: error });
  }
  const base = spec.remote === null ? 'refs/heads' : `refs/remotes/${spec.remote}`;
  const found = sorted(below(repo, base, spec.ref, spec.remote));
  if (spec.remote !== null || found.length > 0) return found;
  // A plain prefix may also name a remote's directory: origin/main.
  const [remote, ...rest] = spec.ref.split('/');
  return sorted(below(repo, `refs/remotes/${remote as string}`, rest.join('/'), remote as string));
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
