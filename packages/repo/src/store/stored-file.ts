import * as fs from 'node:fs';
import { type FileHeader, LIMITS, OstError, type RepoMode } from '@ost/objects';
import { nodeZlib } from '../platform/builtins.js';
import { readAt } from '../platform/files.js';
import { inflateSmall } from '../platform/inflater.js';

const CHUNK = 1 << 20;

/** Where the content of a stored file object lies. */
export interface StoredContent {
  /** Absolute path of the object. */
  readonly path: string;
  /** Offset of the content in that file. */
  readonly offset: number;
  /** True when the bytes at `offset` are a raw DEFLATE stream. */
  readonly compressed: boolean;
  /** Mode of the repository that holds it, or null when it lies elsewhere. */
  readonly mode: RepoMode | null;
}

/** A file object found in the store: its metadata, and its content on demand. */
export class StoredFile {
  #size: number | null;

  /**
   * @param header owner, mode, symlink target and xattrs
   * @param size length of the content, or null where the file system has to be asked, which happens when it is needed
   * @param content where the bytes are
   */
  constructor(
    readonly header: FileHeader,
    size: number | null,
    readonly content: StoredContent,
  ) {
    this.#size = size;
  }

  /** Content length in bytes, uncompressed; 0 for symlinks. */
  get size(): number {
    this.#size ??= fs.lstatSync(this.content.path).size;
    return this.#size;
  }

  /** True for a symbolic link. */
  get isSymlink(): boolean {
    return (this.header.mode & 0o170000) === 0o120000;
  }

  /**
   * The whole content in memory. Meant for small files; see {@link StoredFile.stream}.
   * @throws OstError `corrupt` when an archived object does not inflate to its stated size
   */
  read(): Uint8Array {
    const { compressed } = this.content;
    return compressed ? this.view().slice() : this.view();
  }

  /**
   * Like {@link StoredFile.read}, but what it returns may be overwritten by the next such call in this thread: for loops
   * over many files that are done with one before they take another.
   */
  view(): Uint8Array {
    if (this.isSymlink) return new Uint8Array();
    const raw = fs.readFileSync(this.content.path);
    if (!this.content.compressed) return raw;
    const { content } = inflateSmall(raw.subarray(this.content.offset), this.size);
    if (content.length !== this.size) this.#wrongSize(content.length);
    return content;
  }

  /** The content in chunks, with bounded memory whatever its size. */
  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.isSymlink) return;
    const { path, offset, compressed } = this.content;
    const source = fs.createReadStream(path, { start: offset, highWaterMark: CHUNK });
    if (!compressed) {
      yield* source;
      return;
    }
    const inflate = nodeZlib().createInflateRaw({ chunkSize: CHUNK });
    source.on('error', (error) => inflate.destroy(error));
    source.pipe(inflate);
    let total = 0;
    try {
      for await (const chunk of inflate as AsyncIterable<Buffer>) {
        total += chunk.length;
        if (total > this.size) this.#wrongSize(total);
        yield chunk;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') !== true) throw error;
      throw new OstError('corrupt', `Invalid compressed data: ${(error as Error).message}`, { cause: error });
    } finally {
      source.destroy();
      inflate.destroy();
    }
    if (total !== this.size) this.#wrongSize(total);
  }

  /** The content in chunks by synchronous reads; only for content that is not compressed. */
  *chunks(): Generator<Uint8Array, void, undefined> {
    if (this.isSymlink) return;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, this.size)));
    const fd = fs.openSync(this.content.path, 'r');
    try {
      for (let count = readAt(fd, buffer, null); count > 0; count = readAt(fd, buffer, null)) {
        yield buffer.subarray(0, count);
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  /** True when the content is small enough to be handled as one array. */
  get isSmall(): boolean {
    return this.size <= LIMITS.wholeFile;
  }

  #wrongSize(actual: number): never {
    throw new OstError('corrupt', `Corrupted archive file; expected ${this.size} bytes of content, found ${actual}`, {
      data: { expected: this.size, actual, path: this.content.path },
    });
  }
}
