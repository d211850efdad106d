import { type Checksum, OstError } from '@ost/objects';
import type { DirTreeLoader } from './mutable-tree.js';

/** A directory of a commit. */
export interface DirectoryEntry {
  readonly contents: Checksum;
  readonly meta: Checksum;
}

/** What a path in a commit names. */
export type TreeEntry =
  | ({ readonly type: 'directory' } & DirectoryEntry)
  | { readonly type: 'file'; readonly checksum: Checksum };

/**
 * Finds a path in a tree; null when it does not exist. Symlinks are not followed.
 * @throws OstError `not-found` (`Not a directory`) when the path goes through a file
 */
export function lookupPath(loader: DirTreeLoader, root: DirectoryEntry, path: string): TreeEntry | null {
  const names = path.split('/').filter((name) => name !== '');
  let entry: TreeEntry = { type: 'directory', contents: root.contents, meta: root.meta };
  for (const name of names) {
    if (entry.type === 'file') throw new OstError('not-found', 'Not a directory', { data: { path } });
    const { files, dirs } = loader.loadDirTree(entry.contents);
    const dir = dirs.find((d) => d.name === name);
    const file = files.find((f) => f.name === name);
    if (dir !== undefined) entry = { type: 'directory', contents: dir.contents, meta: dir.meta };
    else if (file !== undefined) entry = { type: 'file', checksum: file.checksum };
    else return null;
  }
  return entry;
}

/** Finds a directory in a tree; null when there is none at this path. Symlinks are not followed. */
export function lookupDirectory(loader: DirTreeLoader, root: DirectoryEntry, path: string): DirectoryEntry | null {
  let entry = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const dir = loader.loadDirTree(entry.contents).dirs.find((one) => one.name === name);
    if (dir === undefined) return null;
    entry = dir;
  }
  return entry;
}

/** The topmost part of a path that is not in the tree, for messages; the path itself when all of it is. */
export function firstMissing(loader: DirTreeLoader, root: DirectoryEntry, path: string): string {
  const names = path.split('/').filter((name) => name !== '');
  const parts = names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`);
  return parts.find((part) => lookupPath(loader, root, part) === null) ?? path;
}
