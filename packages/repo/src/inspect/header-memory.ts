import * as path from 'node:path';
import { type Checksum, isOstError } from '@ost/objects';
import { ioError } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import { Identities, type Identity } from '../platform/identities.js';
import { readSealed, writeSealed } from '../platform/sealed-file.js';
import type { Repo } from '../repo.js';
import { objectPrefixes } from '../store/list-objects.js';

const FILE = 'tmp/cache/ost-headers';
const MARK = 'ostHDR1\n';
/** With more than these bytes the file costs more than it saves. */
const MAX_RECORDS = 31 << 20;
const MAX_BYTES = 32 << 20;
/** Fewer files than this are read as fast as they are remembered. */
const FEW = 1000;
/** Bytes of a checksum, and of the two lengths behind it. */
const SUM = 32;
const RECORD = SUM + 8;

/** A dirtree and the framed headers of its files, one behind the other. */
export interface Remembered {
  readonly dirtree: Uint8Array;
  readonly headers: Uint8Array;
}

/**
 * The dirtrees of an archive and the headers of their files as they were when they were last read: one file, so that the
 * next listing does not open every object for a few bytes. An object is what it was while nothing was renamed into or
 * out of its directory; others are read again.
 */
export class HeaderMemory {
  readonly #records = new Map<string, Remembered>();
  /** Those of this listing. */
  readonly #used = new Map<string, Remembered>();
  readonly #now = new Map<string, Identity>();
  readonly #unchanged = new Set<string>();
  #learned = 0;
  /** Bytes of what this listing uses. */
  #size = 0;

  private constructor(private readonly repo: Repo) {
    // Before anything is read, so that whatever happens meanwhile changes it.
    const identities = new Identities();
    for (const prefix of objectPrefixes(repo.path)) {
      this.#now.set(prefix, identities.of(`${repo.path}/objects/${prefix}`));
    }
  }

  /** Reads a repository's memory. */
  static open(repo: Repo): HeaderMemory {
    const memory = new HeaderMemory(repo);
    const bytes = readSealed(path.join(repo.path, FILE), MARK, MAX_BYTES);
    if (bytes !== null) memory.#load(bytes);
    return memory;
  }

  #load(bytes: Buffer): void {
    const start = 4 + bytes.readUInt32LE(0);
    const then = JSON.parse(bytes.toString('latin1', 4, start)) as [prefix: string, identity: Identity][];
    for (const [prefix, identity] of then) {
      if (identity !== '' && this.#now.get(prefix) === identity) this.#unchanged.add(prefix);
    }
    for (let at = start; at + RECORD <= bytes.length; ) {
      const headers = at + RECORD + bytes.readUInt32LE(at + SUM);
      const end = headers + bytes.readUInt32LE(at + SUM + 4);
      this.#records.set(bytes.toString('hex', at, at + SUM), {
        dirtree: bytes.subarray(at + RECORD, headers),
        headers: bytes.subarray(headers, end),
      });
      at = end;
    }
  }

  /** True when a remembered object is still there, and the same. */
  holds(object: Checksum): boolean {
    return this.#unchanged.has(object.slice(0, 2));
  }

  /** What is known of a dirtree that is still there; of its files, ask {@link HeaderMemory.holds}. */
  recall(dirtree: Checksum): Remembered | null {
    return this.holds(dirtree) ? (this.#records.get(dirtree) ?? null) : null;
  }

  /** Uses what was recalled once more. */
  keep(dirtree: Checksum, remembered: Remembered): void {
    this.#size += sizeOf(remembered);
    // More than there is room for in the file: what will not be written need not be held.
    if (this.#size > MAX_RECORDS) this.#used.clear();
    else this.#used.set(dirtree, remembered);
  }

  /** Remembers a dirtree, if its bytes are what its checksum says, and the headers of its files, which were read. */
  learn(dirtree: Checksum, remembered: Remembered, fileCount: number): void {
    if (nodeHash.sha256(remembered.dirtree) !== dirtree) return;
    this.keep(dirtree, remembered);
    this.#learned += fileCount;
  }

  /** Writes what this listing used, and as long as nothing has changed, what was known beside it. */
  save(): void {
    if (!this.repo.writable || this.#learned < FEW || this.#size > MAX_RECORDS) return;
    const isSame = this.#unchanged.size === this.#now.size;
    const head = Buffer.from(JSON.stringify([...this.#now]), 'latin1');
    const chunks: Uint8Array[] = [words(head.length), head];
    let size = 0;
    for (const [sum, remembered] of new Map([...this.#used, ...(isSame ? this.#records : [])])) {
      size += sizeOf(remembered);
      if (size > MAX_RECORDS) break;
      const { dirtree, headers } = remembered;
      chunks.push(Buffer.from(sum, 'hex'), words(dirtree.length, headers.length), dirtree, headers);
    }
    try {
      writeSealed(this.repo.path, path.join(this.repo.path, FILE), MARK, Buffer.concat(chunks), MAX_BYTES);
    } catch (error) {
      // A full disk does not make wrong what was listed; the next listing takes as long as this one.
      if (!isOstError(ioError(error, FILE))) throw error;
    }
  }
}

const sizeOf = ({ dirtree, headers }: Remembered): number => RECORD + dirtree.length + headers.length;

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
}
