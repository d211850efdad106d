import * as fs from 'node:fs';
import { lstatIfPresent } from '../platform/files.js';
import type { Repo } from '../repo.js';
import { listLooseObjects } from '../store/list-objects.js';

/** Deletes the attributes of files that are gone from a repository of mode bare-split-xattrs. libostree leaves them. */
export function pruneAttributes(repo: Repo): void {
  const shared: string[] = [];
  for (const { type, checksum, path } of listLooseObjects(repo.path)) {
    if (type === 'file-xattrs') shared.push(path);
    if (type !== 'file-xattrs-link') continue;
    if (lstatIfPresent(repo.store.path('file', checksum)) === null) fs.unlinkSync(path);
  }
  // Every file that has these attributes holds a link to them, or where the file system allows no more, a copy.
  for (const path of shared) if (fs.lstatSync(path).nlink === 1) fs.unlinkSync(path);
}
