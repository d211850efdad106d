import { type ObjectType, type RepoMode } from '@ost/objects';
import { looseNames } from '../store/list-objects.js';
import { ObjectMarks } from '../tree/object-marks.js';
import type { ObjectTable } from '../tree/object-table.js';

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

/** Numbers the objects of one repository that a prune looks at, parents not included, and says which they are. */
export function addLocalObjects(
  table: ObjectTable,
  repo: { readonly path: string; readonly mode: RepoMode },
  options: { readonly commitOnly?: boolean; readonly signal?: AbortSignal | undefined } = {},
): ObjectMarks {
  const local = new ObjectMarks();
  const types = prunableTypes(repo.mode, options.commitOnly ?? false);
  for (const { prefix, names } of looseNames(repo.path)) {
    options.signal?.throwIfAborted();
    for (const name of names) {
      const type = types.get(name.slice(62));
      const index = type === undefined ? -1 : table.addLoose(type, prefix, name);
      if (index !== -1) local.add(index);
    }
  }
  return local;
}
