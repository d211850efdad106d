import type { Checksum, FileHeader, HashProvider, Hasher } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { Awaitable, DeltaStore, FileSink } from '../store.js';

/** Bytes of the window that files pass through. */
const WINDOW = 1024 * 1024;

/** What {@link FileAssembler} needs to know of the file that it makes. */
export interface AssembledFile {
  readonly header: FileHeader;
  /** The header as it goes into the checksum. */
  readonly encodedHeader: Uint8Array;
  readonly size: number;
  readonly checksum: Checksum;
}

/** Memory that assemblers use one after the other; an assembler per file would leave megabytes behind each time. */
export class AssemblerMemory {
  readonly wholeFileSize: number;
  #bytes: Uint8Array = new Uint8Array(0);

  /** @param wholeFileSize files up to this size are handed over whole */
  constructor(wholeFileSize: number) {
    this.wholeFileSize = wholeFileSize;
  }

  /** A window for a file of `size` bytes: all of it if it is to be whole. */
  window(size: number): Uint8Array {
    const length = size <= this.wholeFileSize ? size : WINDOW;
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(Math.max(length, Math.min(WINDOW, 2 * length)));
    return this.#bytes.subarray(0, length);
  }
}

/**
 * Puts a regular file together from pieces. Small files are collected and handed over whole; larger ones pass through
 * one window and stream to the store, hashed on the way.
 */
export class FileAssembler {
  readonly #store: DeltaStore;
  readonly #hash: HashProvider;
  readonly #file: AssembledFile;
  /** What the file passes through. */
  readonly window: Uint8Array;
  #used = 0;
  #written = 0;
  #hasher: Hasher | null = null;
  #sink: FileSink | null = null;

  /** @param memory not used by another assembler until this one is finished or aborted */
  constructor(file: AssembledFile, store: DeltaStore, hash: HashProvider, memory: AssemblerMemory) {
    this.#file = file;
    this.#store = store;
    this.#hash = hash;
    this.window = memory.window(file.size);
  }

  /** Bytes that are still to come. */
  get remaining(): number {
    return this.#file.size - this.#written;
  }

  /** Throws if `length` more bytes are more than the file has. */
  expectRoom(length: number): void {
    if (length > this.remaining) throw corrupt(`More content than the declared ${this.#file.size} bytes`);
  }

  /** Room for up to `length` bytes, at least one; fill all of it, then {@link FileAssembler.commit}. */
  room(length: number): Awaitable<Uint8Array> {
    this.expectRoom(length);
    const free = (): Uint8Array => this.window.subarray(this.#used, Math.min(this.window.length, this.#used + length));
    return this.#used === this.window.length ? this.#flush(this.window).then(free) : free();
  }

  /**
   * Where in {@link FileAssembler.window} the next `length` bytes belong; -1 when there is not so much room at once. Fill all
   * of it, then {@link FileAssembler.commit}.
   */
  at(length: number): number {
    return this.#used + length <= this.window.length ? this.#used : -1;
  }

  /** Counts `length` bytes of {@link FileAssembler.room} as content. */
  commit(length: number): void {
    this.#used += length;
    this.#written += length;
  }

  /** Appends bytes that are in memory; undefined when there was nothing to wait for. */
  append(bytes: Uint8Array): Promise<void> | undefined {
    this.expectRoom(bytes.length);
    if (this.#used + bytes.length > this.window.length) return this.#flushFor(bytes);
    this.window.set(bytes, this.#used);
    this.commit(bytes.length);
    return undefined;
  }

  async #flushFor(bytes: Uint8Array): Promise<void> {
    await this.#flush(this.window.subarray(0, this.#used));
    if (bytes.length > this.window.length / 2) {
      await this.#flush(bytes);
      this.#written += bytes.length;
      return;
    }
    this.window.set(bytes);
    this.commit(bytes.length);
  }

  /** Verifies the file and publishes it. */
  async finish(): Promise<void> {
    const { header, encodedHeader, checksum, size } = this.#file;
    if (this.#written !== size) throw corrupt(`Content ends after ${this.#written} of ${size} bytes`);
    const rest = this.window.subarray(0, this.#used);
    if (this.#hasher === null) {
      expectFileChecksum(checksum, this.#hash.sha256(encodedHeader, rest));
      await this.#store.writeFile(header, rest, checksum);
      return;
    }
    await this.#flush(rest);
    expectFileChecksum(checksum, this.#hasher.digest());
    const sink = this.#sink;
    this.#sink = null;
    await sink?.finish();
  }

  /** Gives the file up. */
  async abort(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    await sink?.abort();
  }

  async #flush(bytes: Uint8Array): Promise<void> {
    if (this.#hasher === null) {
      const { header, encodedHeader, size, checksum } = this.#file;
      this.#hasher = this.#hash.create();
      this.#hasher.update(encodedHeader);
      this.#sink = await this.#store.beginFile(header, size, checksum);
    }
    if (bytes.length > 0) {
      this.#hasher.update(bytes);
      await this.#sink?.write(bytes);
    }
    this.#used = 0;
  }
}

/** Throws if a file object is not what the part header lists. */
export function expectFileChecksum(expected: Checksum, actual: Checksum): void {
  if (actual === expected) return;
  throw corrupt(`Corrupted file object; checksum expected='${expected}' actual='${actual}'`, { expected, actual });
}
