import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type Checksum,
  encodeArchiveHeader,
  type FileHeader,
  loosePath,
  type ObjectType,
  OstError,
  parseArchiveHeader,
} from '@ost/objects';
import { nodeStreamPromises, nodeZlib } from '../platform/builtins.js';
import { deflateWhole } from '../platform/deflater.js';
import { temporaryName, writeAll, writeBoth } from '../platform/files.js';
import { errnoOf, withIoError } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import { inflateSmall } from '../platform/inflater.js';
import {
  applyContentMetadata,
  createSymlinkObject,
  creationMode,
  isSymlinkHeader,
  physicalFile,
  UNFINISHED,
} from './content-file.js';
import { CreationModes } from './creation-modes.js';
import { hashFile, mismatch, StreamedName } from './object-name.js';
import { ObjectStore } from './object-store.js';
import { PayloadLinks } from './payload-links.js';
import { reserveSpace } from './space.js';
import { SplitXattrs } from './split-xattrs.js';
import type { WriteTarget } from './store-target.js';

/** Compressed content of large files is handed over in pieces of this size: fewer are cheaper. */
const DEFLATE_CHUNK = 1 << 18;

/** The mode of all objects but the files of repositories that keep their modes. */
const PUBLIC = 0o644;

/** What one writer did. */
export interface WriteStats {
  metadataTotal: number;
  metadataWritten: number;
  contentTotal: number;
  contentWritten: number;
  /** Uncompressed bytes of the content objects that were written. */
  contentBytesWritten: number;
}

/** Fresh counters. */
export function emptyStats(): WriteStats {
  return { metadataTotal: 0, metadataWritten: 0, contentTotal: 0, contentWritten: 0, contentBytesWritten: 0 };
}

/**
 * Writes objects into one transaction. Content is hashed before anything is written, and an object that the store
 * has is not written again. An object gets its final name only when it is complete. Built from plain data, so that
 * each worker thread can have its own (repository format, "Writing files atomically").
 */
export class ObjectWriter {
  readonly store: ObjectStore;
  readonly stats: WriteStats = emptyStats();
  /** Directory of this writer's unfinished files: threads that make files in one directory wait for each other. */
  readonly #unfinished: string;
  readonly #directories = new Set<string>();
  readonly #modes = new CreationModes();
  readonly #payloads: PayloadLinks;
  readonly #attributes: SplitXattrs = new SplitXattrs(this);
  #serial = 0;

  constructor(readonly target: WriteTarget) {
    this.store = new ObjectStore(target);
    this.store.staging = target.staged;
    this.#payloads = new PayloadLinks(target, this.store);
    this.#unfinished = path.join(target.staging, temporaryName('tmp-'));
  }

  /** True when this repository (parents do not count) or the open transaction has the object. */
  has(type: ObjectType, checksum: Checksum): boolean {
    return this.store.hasOwn(type, checksum);
  }

  /**
   * Stores a metadata object.
   * @param expected name it must have; for object types that are not named by their own hash, its name
   * @throws OstError `corrupt` when `bytes` do not hash to `expected`
   */
  writeMetadata(type: ObjectType, bytes: Uint8Array, expected?: Checksum): Checksum {
    const named = type === 'tombstone-commit' || type === 'commitmeta';
    const actual = named && expected !== undefined ? expected : nodeHash.sha256(bytes);
    if (expected !== undefined && actual !== expected) throw mismatch(type, expected, actual);
    if (this.has(type, actual)) this.stats.metadataTotal++;
    else this.putMetadata(type, actual, bytes);
    return actual;
  }

  /**
   * Stores a metadata object whose checksum the caller has computed from these very bytes, having looked whether it is here
   * already.
   */
  putMetadata(type: ObjectType, checksum: Checksum, bytes: Uint8Array): void {
    const temporary = this.#temporary();
    const fd = fs.openSync(temporary, 'wx', PUBLIC);
    this.#finish(fd, temporary, type, checksum, () => {
      writeAll(fd, bytes);
      this.#modes.set(fd, PUBLIC, PUBLIC);
    });
    this.stats.metadataTotal++;
    this.stats.metadataWritten++;
  }

  /**
   * Stores a file object whose content is in memory.
   * @throws OstError `corrupt` when it does not hash to `expected`, `no-space`, or `unsupported` for a mode that a
   *   bare-user-only repository cannot hold
   */
  writeFile(header: FileHeader, content: Uint8Array, expected?: Checksum): Checksum {
    const actual = hashFile(header, content);
    if (expected !== undefined && actual !== expected) throw mismatch('file', expected, actual);
    this.stats.contentTotal++;
    if (!this.has('file', actual)) this.putFile(actual, header, content);
    return actual;
  }

  /** Stores a file object whose checksum the caller has computed from these very bytes. */
  putFile(checksum: Checksum, header: FileHeader, content: Uint8Array): void {
    reserveSpace(this.target.space, content.length);
    if (this.target.mode === 'archive') {
      const body = isSymlinkHeader(header) ? new Uint8Array() : deflateWhole(content, this.target.zlibLevel);
      this.#putArchived(checksum, encodeArchiveHeader(header, content.length), body);
    } else {
      this.#attributes.store(checksum, header);
      const temporary = this.#temporary();
      if (isSymlinkHeader(header) && this.target.mode !== 'bare-user') {
        createSymlinkObject(this.target, temporary, header);
        this.#publish(temporary, 'file', checksum);
      } else {
        const payload = this.#payloads.wants(header, content.length) ? nodeHash.sha256(content) : null;
        const created = creationMode(this.target.mode, header);
        const fd = fs.openSync(temporary, 'wx', created);
        this.#finish(fd, temporary, 'file', checksum, () => {
          writeAll(fd, physicalFile(this.target.mode, header, content));
          if (payload !== null) this.#payloads.share(payload, fd);
          applyContentMetadata(this.target, { fd, created }, header, checksum, this.#modes);
        });
        if (payload !== null) this.#payloads.link(this.destination('payload-link', payload), checksum);
      }
    }
    this.#countContent(content.length);
  }

  #putArchived(checksum: Checksum, header: Uint8Array, body: Uint8Array): void {
    const temporary = this.#temporary();
    const fd = fs.openSync(temporary, 'wx', PUBLIC);
    this.#finish(fd, temporary, 'file', checksum, () => {
      writeBoth(fd, header, body);
      this.#modes.set(fd, PUBLIC, PUBLIC);
    });
  }

  /**
   * Stores a file object of any size with flat memory, hashing while it writes.
   * @param size content length in bytes; the chunks must add up to it
   * @param expected name it must have; as `verified` when the caller hashes what it gives, and has the chunks end in an
   *   error should they not be what they should
   */
  async writeFileStream(
    header: FileHeader,
    size: number,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    expected?: Checksum | { readonly verified: Checksum },
  ): Promise<Checksum> {
    this.stats.contentTotal++;
    reserveSpace(this.target.space, size);
    const name = new StreamedName(header, expected);
    const payloadHasher = this.#payloads.wants(header, size) ? nodeHash.create() : null;
    let seen = 0;
    async function* checked(): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of chunks) {
        seen += chunk.length;
        if (seen > size) break;
        name.update(chunk);
        payloadHasher?.update(chunk);
        yield chunk;
      }
      if (seen !== size) {
        throw new OstError(
          'corrupt',
          `Expected ${size} bytes of content, found ${seen}${seen > size ? ' or more' : ''}`,
        );
      }
    }
    const temporary = this.#temporary();
    try {
      if (this.target.mode === 'archive') {
        const deflate = nodeZlib().createDeflateRaw({ level: this.target.zlibLevel, chunkSize: DEFLATE_CHUNK });
        const out = fs.createWriteStream(temporary, { flags: 'wx', mode: UNFINISHED });
        out.write(encodeArchiveHeader(header, size));
        await nodeStreamPromises().pipeline(checked(), deflate, out);
      } else {
        const fd = fs.openSync(temporary, 'wx', UNFINISHED);
        try {
          for await (const chunk of checked()) writeAll(fd, chunk);
        } finally {
          fs.closeSync(fd);
        }
      }
      const actual = name.digest();
      if (this.has('file', actual)) {
        fs.rmSync(temporary);
        return actual;
      }
      this.#attributes.store(actual, header);
      const fd = fs.openSync(temporary, 'r+');
      const payload = payloadHasher?.digest() ?? null;
      this.#finish(fd, temporary, 'file', actual, () => {
        if (payload !== null) this.#payloads.share(payload, fd);
        applyContentMetadata(this.target, { fd, created: UNFINISHED }, header, actual, this.#modes);
      });
      if (payload !== null) this.#payloads.link(this.destination('payload-link', payload), actual);
      this.#countContent(size);
      return actual;
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  }

  /**
   * Stores a file object that arrives in archive form (`.filez`). An archive repository keeps the bytes as they are
   * once they are verified; the others unpack them. As with {@link ObjectWriter.putFile}, the caller has looked whether
   * the object is here already.
   */
  writeArchived(expected: Checksum, bytes: Uint8Array): void {
    const { header, size, headerLength } = parseArchiveHeader(bytes);
    const body = bytes.subarray(headerLength);
    const symlink = isSymlinkHeader(header);
    const { content, read } = symlink ? { content: new Uint8Array(), read: body.length } : inflateSmall(body, size);
    // The checksum covers neither what is behind the compressed data nor the size.
    if (read < body.length) throw new OstError('corrupt', 'Invalid compressed data: trailing data');
    if (content.length !== size) {
      throw new OstError('corrupt', `Expected ${size} bytes of content, found ${content.length}`);
    }
    const actual = hashFile(header, content);
    if (actual !== expected) throw mismatch('file', expected, actual);
    this.stats.contentTotal++;
    if (this.target.mode !== 'archive') {
      this.putFile(expected, header, content);
      return;
    }
    reserveSpace(this.target.space, bytes.length);
    this.#putArchived(expected, bytes.subarray(0, headerLength), body);
    this.#countContent(content.length);
  }

  /**
   * Adopts a finished temporary file as an object: hard-linked or renamed in by a caller that has verified it.
   * @param temporary path on the same file system; gone afterwards
   */
  adopt(temporary: string, type: ObjectType, checksum: Checksum): void {
    this.#publish(temporary, type, checksum);
  }

  /** Stores what a file object has outside of itself, before it is linked. */
  storeAttributes(checksum: Checksum, header: FileHeader): void {
    this.#attributes.store(checksum, header);
  }

  /**
   * Takes a verified object over by sharing the inode of `file`; false when the file system does not allow it.
   */
  link(file: string, type: ObjectType, checksum: Checksum): boolean {
    this.#dropTombstone(type, checksum);
    try {
      fs.linkSync(file, this.destination(type, checksum));
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EEXIST') return true;
      if (errno === 'EMLINK' || errno === 'EXDEV' || errno === 'EPERM') return false;
      throw error;
    }
  }

  /** A fresh path in the staging directory, for callers that prepare a file for {@link ObjectWriter.adopt}. */
  temporaryPath(): string {
    return this.#temporary();
  }

  /** Where a new object of this transaction gets its name, its directory being made. */
  destination(type: ObjectType, checksum: Checksum): string {
    const base = this.target.direct ? `${this.target.path}/objects` : this.target.staging;
    this.#makeDirectory(`${base}/${checksum.slice(0, 2)}`);
    return `${base}/${loosePath(checksum, type, this.target.mode)}`;
  }

  #countContent(size: number): void {
    this.stats.contentWritten++;
    this.stats.contentBytesWritten += size;
  }

  #makeDirectory(directory: string): void {
    if (this.#directories.has(directory)) return;
    fs.mkdirSync(directory, { recursive: true });
    this.#directories.add(directory);
  }

  #temporary(): string {
    this.#makeDirectory(this.#unfinished);
    return `${this.#unfinished}/${this.#serial++}`;
  }

  /** Fills an open temporary file, closes and publishes it; removes it when anything fails. */
  #finish(fd: number, temporary: string, type: ObjectType, checksum: Checksum, fill: () => void): void {
    try {
      withIoError(`Writing object ${checksum}.${type}`, () => {
        try {
          fill();
          if (this.target.syncObjects && type === 'file') fs.fsyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
        this.#publish(temporary, type, checksum);
      });
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  }

  #publish(temporary: string, type: ObjectType, checksum: Checksum): void {
    this.#dropTombstone(type, checksum);
    fs.renameSync(temporary, this.destination(type, checksum));
  }

  /** A commit that comes back is no longer a deleted one (repository format, "Tombstones"). */
  #dropTombstone(type: ObjectType, checksum: Checksum): void {
    if (type === 'commit') fs.rmSync(this.store.path('tombstone-commit', checksum), { force: true });
  }
}
