import type { ObjectType, RepoMode } from '@ost/objects';
import { Identities } from '../platform/identities.js';
import { listIfPresent } from '../platform/files.js';
import { isPrefix, listPrefix, objectPrefixes } from '../store/list-objects.js';
import type { Repo } from '../repo.js';
import { ObjectMarks } from '../tree/object-marks.js';
import { ObjectTable } from '../tree/object-table.js';
import type { Listing, ListingMemory } from './listing-memory.js';

/** The suffixes of what a prune may delete; detached metadata goes with its commit, tombstones stay. */
function prunableTypes(mode: RepoMode, commitOnly: boolean): ReadonlyMap<string, ObjectType> {
  if (commitOnly) return new Map([['.commit', 'commit']]);
  return new Map<string, ObjectType>([
    [mode === 'archive' ? '.filez' : '.file', 'file'],
    ['.dirtree', 'dirtree'],
    ['.dirmeta', 'dirmeta'],
    ['.commit', 'commit'],
    ['.payload-link', 'payload-link'],
  ]);
}

/** The objects of one repository, parents not included, which are the first in a table, directory by directory. */
export interface LocalObjects {
  readonly marks: ObjectMarks;
  readonly listings: readonly Listing[];
}

/**
 * Numbers the objects of one repository that a prune looks at, parents not included, in a table that is still empty.
 * @param memory saves listing what has not changed
 */
export function addLocalObjects(
  table: ObjectTable,
  repo: Repo,
  memory: ListingMemory | null,
  options: { readonly commitOnly?: boolean; readonly signal?: AbortSignal | undefined } = {},
): LocalObjects {
  const { commitOnly = false, signal } = options;
  const types = prunableTypes(repo.mode, commitOnly);
  const identities = new Identities();
  const listings: Listing[] = [];
  for (const prefix of objectPrefixes(repo.path)) {
    signal?.throwIfAborted();
    const first = table.size;
    // Before it is listed, so that whatever happens meanwhile changes it.
    const identity = identities.of(`${repo.path}/objects/${prefix}`);
    if (memory?.isUnchanged(prefix, identity) === true) memory.number(table, prefix);
    else addListed(table, types, prefix, listPrefix(repo.path, prefix));
    listings.push({ prefix, identity, count: table.size - first });
  }
  return { marks: ObjectMarks.first(table.size), listings };
}

/**
 * Numbers the objects that have come since a repository's directories were listed, in a table that is still empty.
 * @returns the share of directories that have changed; null when an object is gone that was there, or when it is most of
 *   them
 */
export function addNewObjects(table: ObjectTable, repo: Repo, memory: ListingMemory): number | null {
  const types = prunableTypes(repo.mode, false);
  const identities = new Identities();
  const present = objectPrefixes(repo.path);
  const changed = present.filter(
    (prefix) => !memory.isUnchanged(prefix, identities.of(`${repo.path}/objects/${prefix}`)),
  );
  const gone = new Set(memory.prefixes());
  for (const prefix of present) gone.delete(prefix);
  if (gone.size > 0 || changed.length > present.length / 2) return null;
  for (const prefix of changed) {
    const known = new ObjectTable(64);
    const before = memory.number(known, prefix);
    let kept = 0;
    for (const name of listPrefix(repo.path, prefix)) {
      const type = types.get(name.slice(62));
      const index = type === undefined ? -1 : known.addLoose(type, prefix, name);
      if (index >= before) table.addLoose(type as ObjectType, prefix, name);
      else if (index !== -1) kept++;
    }
    if (kept < before) return null;
  }
  return changed.length / present.length;
}

/**
 * Numbers the objects below a directory: `objects` of a repository, or what a transaction has staged.
 * @param mode of the repository, on which the names depend
 */
export function addObjectsBelow(table: ObjectTable, directory: string, mode: RepoMode): void {
  const types = prunableTypes(mode, false);
  for (const prefix of listIfPresent(directory)) {
    if (isPrefix(prefix)) addListed(table, types, prefix, listIfPresent(`${directory}/${prefix}`));
  }
}

function addListed(
  table: ObjectTable,
  types: ReadonlyMap<string, ObjectType>,
  prefix: string,
  names: readonly string[],
): void {
  for (const name of names) {
    const type = types.get(name.slice(62));
    if (type !== undefined) table.addLoose(type, prefix, name);
  }
}
