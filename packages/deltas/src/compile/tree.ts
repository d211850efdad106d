import type { Checksum } from '@ost/objects';
import { parseCommit, parseDirTree } from '@ost/objects';
import type { DeltaObject } from '../format/object-list.js';
import type { DeltaObjects } from './objects.js';

/** What a commit holds. */
export interface CommitTree {
  /** Dirtrees and dirmetas, parents before children. */
  readonly metadata: readonly DeltaObject[];
  /** The files, symbolic links included, and the paths at which each was met. */
  readonly files: ReadonlyMap<Checksum, readonly string[]>;
}

/**
 * Lists the objects of a commit. Each dirtree is read once, so a file below one that occurs in several places is listed
 * at the first of these paths only.
 */
export function readCommitTree(objects: DeltaObjects, commit: Checksum): CommitTree {
  const { contents, meta } = parseCommit(objects.readMetadata('commit', commit));
  const metadata: DeltaObject[] = [];
  const seen = new Set<string>();
  const add = (type: 'dirtree' | 'dirmeta', checksum: Checksum): boolean => {
    const key = `${checksum}.${type}`;
    if (seen.has(key)) return false;
    seen.add(key);
    metadata.push({ type, checksum });
    return true;
  };
  const files = new Map<Checksum, string[]>();
  const pending: { readonly path: string; readonly dirtree: Checksum }[] = [];
  add('dirmeta', meta);
  if (add('dirtree', contents)) pending.push({ path: '', dirtree: contents });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const tree = parseDirTree(objects.readMetadata('dirtree', next.dirtree));
    for (const { name, checksum } of tree.files) {
      const path = `${next.path}/${name}`;
      const paths = files.get(checksum);
      if (paths === undefined) files.set(checksum, [path]);
      else paths.push(path);
    }
    for (const { name, contents: dirtree, meta: dirmeta } of tree.dirs) {
      add('dirmeta', dirmeta);
      if (add('dirtree', dirtree)) pending.push({ path: `${next.path}/${name}`, dirtree });
    }
  }
  return { metadata, files };
}

/** What is in `to` but not in `from`. */
export function newObjects(from: CommitTree | null, to: CommitTree): CommitTree {
  if (from === null) return to;
  const known = new Set(from.metadata.map(({ type, checksum }) => `${checksum}.${type}`));
  return {
    metadata: to.metadata.filter(({ type, checksum }) => !known.has(`${checksum}.${type}`)),
    files: new Map([...to.files].filter(([checksum]) => !from.files.has(checksum))),
  };
}
