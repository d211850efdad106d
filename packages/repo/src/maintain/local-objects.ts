import type { ObjectType, RepoMode } from '@ost/objects';
import { Identities } from '../platform/identities.js';
import { listIfPresent } from '../platform/files.js';
import { isPrefix, listPrefix, objectPrefixes } from '../store/list-objects.js';
import type { Repo } from '../repo.js';
import { ObjectMarks } from '../tree/object-marks.js';
import type { ObjectTable } from '../tree/object-table.js';
import { type Listing, ListingMemory } from './listing-memory.js';

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

/**
 * Numbers the objects of one repository that a prune looks at, parents not included, in a table that is still empty, and
 * says which they are.
 */
export function addLocalObjects(
  table: ObjectTable,
  repo: Repo,
  options: { readonly commitOnly?: boolean; readonly signal?: AbortSignal | undefined } = {},
): ObjectMarks {
  const { commitOnly = false, signal } = options;
  const types = prunableTypes(repo.mode, commitOnly);
  const memory = commitOnly ? null : ListingMemory.open(repo);
  const identities = new Identities();
  const listings: Listing[] = [];
  for (const prefix of objectPrefixes(repo.path)) {
    signal?.throwIfAborted();
    const first = table.size;
    // Before it is listed, so that whatever happens meanwhile changes it.
    const identity = identities.of(`${repo.path}/objects/${prefix}`);
    const isKnown = memory?.recall(table, prefix, identity) ?? false;
    if (!isKnown) addListed(table, types, prefix, listPrefix(repo.path, prefix));
    listings.push({ prefix, identity, count: table.size - first });
  }
  memory?.save(repo, table, listings);
  const local = new ObjectMarks();
  for (let index = 0; index < table.size; index++) local.add(index);
  return local;
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
