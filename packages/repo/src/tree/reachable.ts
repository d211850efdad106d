import { type Checksum, formatObjectName, isOstError, type ObjectType } from '@ost/objects';
import type { Repo } from '../repo.js';

/** Options of {@link addReachable}. */
export interface ReachableOptions {
  /** Parents to follow: 0 none, -1 all. */
  readonly depth: number;
  /** Only commits, not their trees. */
  readonly commitOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** `HEX.TYPE`, the key of an object in a set. */
export type ObjectKey = string;

/** Key of an object in a {@link ReachableSet}. */
export function objectKey(type: ObjectType, checksum: Checksum): ObjectKey {
  return formatObjectName(checksum, type);
}

/** Objects that are reachable from some commits. */
export type ReachableSet = Set<ObjectKey>;

/** Told of every object, with the commit that it was met in; return false to leave the object's subtree alone. */
export type Visit = (type: ObjectType, checksum: Checksum) => boolean;

/**
 * Walks everything that a directory holds: its dirmeta, and recursively its dirtree.
 * @param missing called for a dirtree that is not there; throw or ignore
 */
export function walkDirectory(
  repo: Repo,
  directory: { readonly contents: Checksum; readonly meta: Checksum },
  visit: Visit,
  missing: (error: unknown) => void,
): void {
  visit('dirmeta', directory.meta);
  if (!visit('dirtree', directory.contents)) return;
  let tree: ReturnType<Repo['loadDirTree']>;
  try {
    tree = repo.loadDirTree(directory.contents);
  } catch (error) {
    if (!isOstError(error) || error.code !== 'not-found') throw error;
    missing(error);
    return;
  }
  for (const { checksum } of tree.files) visit('file', checksum);
  for (const dir of tree.dirs) walkDirectory(repo, dir, visit, missing);
}

/**
 * Adds a commit, the parents that `depth` allows, and all that they hold. A missing parent ends the walk; commits
 * that are marked partial may lack directories (repository format, "prune").
 */
export function addReachable(repo: Repo, commit: Checksum, reachable: ReachableSet, options: ReachableOptions): void {
  let current: Checksum | null = commit;
  for (let left = options.depth; current !== null; left = left === -1 ? -1 : left - 1) {
    options.signal?.throwIfAborted();
    const bytes = repo.store.readMetadataIfPresent('commit', current);
    if (bytes === null) return;
    const { contents, meta, parent } = repo.loadCommit(current);
    reachable.add(objectKey('commit', current));
    if (options.commitOnly !== true) {
      const partial = repo.partialState(current) !== 'complete';
      const visit: Visit = (type, checksum) => {
        const key = objectKey(type, checksum);
        if (reachable.has(key)) return false;
        reachable.add(key);
        return true;
      };
      walkDirectory(repo, { contents, meta }, visit, (error) => {
        if (!partial) throw error;
      });
    }
    if (left === 0) return;
    current = parent;
  }
}
