import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum, Xattrs } from '@ost/objects';
import { readOstreeMeta } from '../store/object-store.js';
import { readXattrs } from '../store/xattrs.js';
import { listIfPresent } from '../platform/files.js';
import type { Repo } from '../repo.js';
import type { EntryInfo } from './modifier.js';

/** An object whose inode a source file shares. */
export interface KnownInode {
  readonly checksum: Checksum;
  /** The object's owner and mode. */
  readonly info: EntryInfo;
  /** Its extended attributes. */
  xattrs(): Xattrs;
}

/**
 * Finds out that a source file is a hard link into the store, so that it need not be read
 * (repository format, "Hardlink-aware fast paths").
 */
export class DevinoCache {
  readonly #inodes = new Map<string, { readonly checksum: Checksum; readonly path: string }>();

  constructor(private readonly repo: Repo) {
    const archive = repo.mode === 'archive';
    const base = path.join(repo.path, archive ? 'uncompressed-objects-cache' : 'objects');
    for (const prefix of listIfPresent(base)) {
      if (prefix.length !== 2) continue;
      for (const name of fs.readdirSync(path.join(base, prefix))) {
        if (!name.endsWith('.file')) continue;
        const file = `${base}/${prefix}/${name}`;
        const stat = fs.lstatSync(file, { throwIfNoEntry: false });
        const checksum = (prefix + name.slice(0, -'.file'.length)) as Checksum;
        if (stat !== undefined) this.#inodes.set(`${stat.dev}:${stat.ino}`, { checksum, path: file });
      }
    }
  }

  /** The object that shares this inode, or null. */
  lookup(stat: fs.Stats): KnownInode | null {
    const found = this.#inodes.get(`${stat.dev}:${stat.ino}`);
    if (found === undefined) return null;
    const { checksum, path: file } = found;
    if (this.repo.mode === 'bare-user') {
      const { uid, gid, mode, xattrs } = readOstreeMeta(file);
      return { checksum, info: { uid, gid, mode }, xattrs: () => xattrs };
    }
    if (this.repo.mode === 'archive') {
      const { header } = this.repo.loadFile(checksum);
      return { checksum, info: header, xattrs: () => header.xattrs };
    }
    const { uid, gid, mode } = stat;
    if (this.repo.mode === 'bare-user-only') return { checksum, info: { uid: 0, gid: 0, mode }, xattrs: () => [] };
    return { checksum, info: { uid, gid, mode }, xattrs: () => readXattrs(file) };
  }
}
