import * as fs from 'node:fs';
import {
  archiveHeaderLength,
  type Checksum,
  type DirMeta,
  type FileHeader,
  loosePath,
  isOstError,
  LIMITS,
  type ObjectType,
  OstError,
  parseArchiveHeader,
  parseDirMeta,
  parseXattrs,
  type RepoMode,
  type Xattrs,
} from '@ost/objects';
import { fgetxattr, lgetxattr } from '@ost/linux';
import { readAt } from '../platform/files.js';
import { isAbsent, strerror } from '../platform/fs-errors.js';
import { KeptDirTrees } from './kept-dirtrees.js';
import { readXattrs } from './xattrs.js';
import { type StoredContent, StoredFile } from './stored-file.js';
import type { StoreTarget } from './store-target.js';

const S_IFLNK = 0o120000;
const OSTREE_META = 'user.ostreemeta';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Where an object was found. */
export interface ObjectLocation {
  readonly path: string;
  /** Mode of the repository that holds it; a parent's may differ. */
  readonly mode: RepoMode;
  /** True when it is in this repository or its staging directory, not in a parent. */
  readonly own: boolean;
}

/**
 * Reads objects of one repository: its staging directory first, then `objects/`, then the parents.
 * Synchronous, because that is the fastest way in a worker, and cheap for metadata anywhere.
 */
export class ObjectStore {
  /** Staging directory of the open transaction, if any. */
  staging: string | null = null;
  #dirTrees: KeptDirTrees | null = null;

  constructor(readonly target: StoreTarget) {}

  /** Absolute path of an object in this repository's `objects/`, whether it exists or not. */
  path(type: ObjectType, checksum: Checksum): string {
    return `${this.target.path}/objects/${loosePath(checksum, type, this.target.mode)}`;
  }

  /** Finds an object; null when it is nowhere. */
  find(type: ObjectType, checksum: Checksum): ObjectLocation | null {
    const { mode, parents } = this.target;
    const relative = loosePath(checksum, type, mode);
    if (this.staging !== null) {
      const staged = `${this.staging}/${relative}`;
      if (exists(staged)) return { path: staged, mode, own: true };
    }
    const own = `${this.target.path}/objects/${relative}`;
    if (exists(own)) return { path: own, mode, own: true };
    for (const parent of parents) {
      const path = `${parent.path}/objects/${loosePath(checksum, type, parent.mode)}`;
      if (exists(path)) return { path, mode: parent.mode, own: false };
    }
    return null;
  }

  /** True when the object is in the staging directory or in `objects/`, not counting parents. */
  hasOwn(type: ObjectType, checksum: Checksum): boolean {
    return this.find(type, checksum)?.own ?? false;
  }

  /**
   * Bytes of a metadata object.
   * @throws OstError `not-found` (`No such metadata object HEX.commit`), `limit` above the metadata size limit
   */
  readMetadata(type: ObjectType, checksum: Checksum): Uint8Array {
    return this.readMetadataIfPresent(type, checksum) ?? missing(type, checksum);
  }

  /** Bytes of a metadata object, or null. */
  readMetadataIfPresent(type: ObjectType, checksum: Checksum): Uint8Array | null {
    const bytes = this.#view(type, checksum);
    return bytes !== null && bytes.buffer === scratch?.buffer ? Buffer.from(bytes) : bytes;
  }

  /** {@link ObjectStore.readMetadata} for callers that are done with the bytes before they read the next object. */
  viewMetadata(type: ObjectType, checksum: Checksum): Uint8Array {
    return this.#view(type, checksum) ?? missing(type, checksum);
  }

  /** {@link ObjectStore.viewMetadata} of a dirtree, which may come out of memory. */
  viewDirTree(checksum: Checksum): Uint8Array {
    const kept = this.#dirTrees?.get(checksum);
    if (kept !== undefined) return kept;
    const bytes = this.viewMetadata('dirtree', checksum);
    this.#dirTrees?.add(checksum, bytes);
    return bytes;
  }

  /** Whether dirtrees that are read stay in memory, as long as they are not many. */
  keepDirTrees(keep: boolean): void {
    this.#dirTrees = keep ? new KeptDirTrees() : null;
  }

  #view(type: ObjectType, checksum: Checksum): Uint8Array | null {
    // The usual case, an object of this repository, costs one open and no extra look-up.
    if (this.staging === null) {
      const bytes = viewMetadataFile(this.path(type, checksum));
      if (bytes !== null) return bytes;
    }
    const found = this.find(type, checksum);
    return found === null ? null : viewMetadataFile(found.path);
  }

  /**
   * A file object: metadata now, content on demand.
   * @throws OstError `not-found` (`Couldn't find file object 'HEX'`) or `corrupt` (`Opening content object HEX: ...`)
   */
  loadFile(checksum: Checksum): StoredFile {
    try {
      return this.#findFile(checksum);
    } catch (error) {
      if (!isOstError(error) || error.code === 'not-found') throw error;
      throw error.withPrefix(`Opening content object ${checksum}: `);
    }
  }

  #findFile(checksum: Checksum): StoredFile {
    if (this.staging === null) {
      // Nearly always the object is here: looking for it first would cost another system call for each file.
      const { mode } = this.target;
      try {
        return this.loadFileAt({ path: this.path('file', checksum), mode, own: true });
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
    const found = this.find('file', checksum);
    if (found === null) {
      throw new OstError('not-found', `Couldn't find file object '${checksum}'`, { data: { checksum, type: 'file' } });
    }
    return this.loadFileAt(found);
  }

  /** {@link ObjectStore.loadFile} for an object whose place is known. */
  loadFileAt(found: ObjectLocation): StoredFile {
    switch (found.mode) {
      case 'archive':
        return readArchived(found.path);
      case 'bare-user':
        return readBareUser(found.path);
      case 'bare-user-only':
        return readBare(found.path, found.mode, () => []);
      case 'bare-split-xattrs':
        return readBare(found.path, found.mode, () => splitXattrs(found.path));
      case 'bare':
        return readBare(found.path, found.mode, () => (this.target.disableXattrs ? [] : readXattrs(found.path)));
    }
  }
}

function exists(path: string): boolean {
  // Not existsSync: a dangling symlink is an object of the bare modes.
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function missing(type: ObjectType, checksum: Checksum): never {
  throw new OstError('not-found', `No such metadata object ${checksum}.${type}`, { data: { checksum, type } });
}

/** What small metadata objects are read into: the next one overwrites it. */
let scratch: Uint8Array | undefined;
let prefix: Buffer | undefined;

function viewMetadataFile(path: string): Uint8Array | null {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw new OstError('io', `Opening ${path}: ${strerror(error)}`, { cause: error, data: { path } });
  }
  try {
    // Nearly all are small: one read, which of a regular file gives as much as there is, and no look at the size.
    scratch ??= new Uint8Array(1 << 15);
    const have = fs.readSync(fd, scratch, 0, scratch.length, 0);
    if (have < scratch.length) return scratch.subarray(0, have);
    const { size } = fs.fstatSync(fd);
    if (size > LIMITS.metadataObject) {
      throw new OstError('limit', `Metadata object ${path} exceeds ${LIMITS.metadataObject} bytes`, { data: { path } });
    }
    // No Buffer: what parses arrays of one kind only is compiled once.
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, readAt(fd, bytes, 0));
  } finally {
    fs.closeSync(fd);
  }
}

function readArchived(path: string): StoredFile {
  const fd = fs.openSync(path, 'r');
  try {
    prefix ??= Buffer.allocUnsafeSlow(256);
    const have = fs.readSync(fd, prefix, 0, prefix.length, 0);
    const length = archiveHeaderLength(have < 8 ? prefix.subarray(0, have) : prefix);
    let bytes: Uint8Array = prefix;
    if (length > have) {
      bytes = new Uint8Array(length);
      if (readAt(fd, bytes, 0) < length) {
        const { size } = fs.fstatSync(fd);
        throw new OstError('corrupt', `File header size ${length - 8} exceeds size ${size}`, { data: { path } });
      }
    }
    let parsed = parseArchiveHeader(bytes);
    // Xattrs are views of the bytes, which the next file overwrites.
    if (bytes === prefix && parsed.header.xattrs.length > 0) parsed = parseArchiveHeader(new Uint8Array(prefix));
    const { header, size, headerLength } = parsed;
    return new StoredFile(header, size, { path, offset: headerLength, compressed: true, mode: 'archive' });
  } finally {
    fs.closeSync(fd);
  }
}

/** The logical owner, mode and xattrs of a bare-user object. */
export function readOstreeMeta(path: string): DirMeta {
  const meta = lgetxattr(path, OSTREE_META);
  if (meta === null) throw new OstError('corrupt', `fgetxattr(${OSTREE_META}): No data available`, { data: { path } });
  return parseOstreeMeta(meta);
}

/** The attribute that has them, of an open file. */
export function readOstreeMetaBytes(fd: number): Uint8Array {
  const meta = fgetxattr(fd, OSTREE_META);
  if (meta === null) throw new OstError('corrupt', `fgetxattr(${OSTREE_META}): No data available`);
  return meta;
}

/** Parses the attribute. */
export function parseOstreeMeta(bytes: Uint8Array): DirMeta {
  return parseDirMeta(bytes, { anyType: true });
}

/** The target that the content of a bare-user symlink object holds, before its NUL. */
export function symlinkTarget(content: Uint8Array): string {
  const end = content.indexOf(0);
  return decoder.decode(end === -1 ? content : content.subarray(0, end));
}

function readBareUser(path: string): StoredFile {
  const content: StoredContent = { path, offset: 0, compressed: false, mode: 'bare-user' };
  const { uid, gid, mode, xattrs } = readOstreeMeta(path);
  if ((mode & 0o170000) === S_IFLNK) {
    const target = symlinkTarget(fs.readFileSync(path));
    return new StoredFile({ uid, gid, mode, symlinkTarget: target, xattrs }, 0, content);
  }
  const header: FileHeader = { uid, gid, mode, symlinkTarget: '', xattrs };
  return new StoredFile(header, null, content);
}

/** Link targets and attributes are read when they are asked for: whoever only links a file does without them. */
function readBare(path: string, mode: RepoMode, xattrs: () => Xattrs): StoredFile {
  const canonical = mode === 'bare-user-only';
  const stat = fs.lstatSync(path);
  const symlink = stat.isSymbolicLink();
  let target = symlink ? null : '';
  let attributes: Xattrs | null = null;
  const header: FileHeader = {
    uid: canonical ? 0 : stat.uid,
    gid: canonical ? 0 : stat.gid,
    mode: symlink ? 0o120777 : stat.mode,
    get symlinkTarget() {
      return (target ??= fs.readlinkSync(path));
    },
    get xattrs() {
      return (attributes ??= xattrs());
    },
  };
  return new StoredFile(header, symlink ? 0 : stat.size, { path, offset: 0, compressed: false, mode });
}

function splitXattrs(filePath: string): Xattrs {
  return parseXattrs(fs.readFileSync(filePath.replace(/\.file$/, '.file-xattrs-link')));
}
