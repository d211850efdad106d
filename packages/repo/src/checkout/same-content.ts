import * as fs from 'node:fs';
import { encodeFileHeader, type FileHeader } from '@ost/objects';
import { nodeHash } from '../platform/hash.js';
import type { ObjectStore } from '../store/object-store.js';
import { StoredFile } from '../store/stored-file.js';

/** Header of a file as it is compared: attributes never count, and bare-user-only knows no owners. */
function comparable(header: FileHeader, mode: string): FileHeader {
  const canonical = mode === 'bare-user-only';
  return { ...header, xattrs: [], uid: canonical ? 0 : header.uid, gid: canonical ? 0 : header.gid };
}

function checksumOf(file: StoredFile, mode: string): string {
  const hasher = nodeHash.create();
  hasher.update(encodeFileHeader(comparable(file.header, mode)));
  if (file.content.compressed) hasher.update(file.view());
  else for (const chunk of file.chunks()) hasher.update(chunk);
  return hasher.digest();
}

/**
 * True when the file at `path` is the same as a stored one (repository format, "Union modes", identical).
 * @param how `stat`: inode, or else owner, mode and size, must agree before contents are compared
 */
export function sameContent(path: string, stored: StoredFile, store: ObjectStore, how: 'stat' | 'checksum'): boolean {
  const stat = fs.lstatSync(path);
  if (!stat.isFile() && !stat.isSymbolicLink()) return false;
  const { mode } = store.target;
  const object = fs.lstatSync(stored.content.path);
  if (how === 'stat') {
    if (stat.ino === object.ino && stat.dev === object.dev) return true;
    if (stat.mode !== object.mode || stat.uid !== object.uid || stat.gid !== object.gid) return false;
    if (stat.isFile() && stat.size !== object.size) return false;
  }
  const symlink = stat.isSymbolicLink();
  const header: FileHeader = {
    uid: stat.uid,
    gid: stat.gid,
    mode: symlink ? 0o120777 : stat.mode,
    symlinkTarget: symlink ? fs.readlinkSync(path) : '',
    xattrs: [],
  };
  const existing = new StoredFile(header, symlink ? 0 : stat.size, { path, offset: 0, compressed: false, mode: null });
  // Hard links share the object's physical metadata, so that is what both sides are judged by.
  const ours = how === 'stat' ? new StoredFile({ ...header }, stored.size, stored.content) : stored;
  return checksumOf(existing, mode) === checksumOf(ours, mode);
}
