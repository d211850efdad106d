import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum, DirTreeLayout } from '@ost/objects';
import { isAbsent } from '../platform/fs-errors.js';
import { nodeHash } from '../platform/hash.js';
import type { Repo } from '../repo.js';
import { ObjectTable } from './object-table.js';

const FILE = 'tmp/cache/ost-dirtrees';
/** Begins the file and tells its byte order. Everything in it has a size of whole words, and is read as words. */
const MAGIC = Buffer.from(new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 'ostDIRS1' : 'ostDIRSB');
/** Words of a checksum, and of what comes before a record's checksums: the dirtree's own, and two counts. */
const SUM = 8;
const HEAD = SUM + 2;
/** Above this size the file costs more than it saves. */
const MAX_BYTES = 256 << 20;

/** What a remembered dirtree refers to, as raw checksums in `words`. */
export interface RememberedTree {
  readonly words: Uint32Array;
  /** Position of the files' checksums; behind them a pair for each directory: dirtree and dirmeta. */
  readonly start: number;
  readonly fileCount: number;
  readonly dirCount: number;
}

/**
 * What each dirtree of a repository refers to, without the names: one file, so that a walk over all trees opens one file
 * and not thousands. What is in it follows from the dirtree's checksum, which was compared when it was put in, so it can
 * never be out of date, whoever changes the repository. A file that is damaged or missing is made anew.
 */
export class TreeMemory {
  readonly #index = new ObjectTable();
  /** Where the record of each numbered dirtree begins: these words, and where in them. */
  readonly #words: Uint32Array[] = [];
  readonly #starts: number[] = [];
  #learned = false;

  /** Reads a repository's memory. */
  static open(repo: Repo): TreeMemory {
    const memory = new TreeMemory();
    const bytes = readFile(path.join(repo.path, FILE));
    if (bytes !== null && isSound(bytes)) memory.#load(asWords(bytes));
    return memory;
  }

  #load(words: Uint32Array): void {
    const end = words.length - SUM;
    for (let at = MAGIC.length / 4; at + HEAD <= end; ) {
      const size = recordSize(words, at);
      if (at + size > end) return;
      this.#put(words, at);
      at += size;
    }
  }

  #put(words: Uint32Array, at: number): void {
    if (this.#index.addWords('dirtree', words, at) < this.#words.length) return;
    this.#words.push(words);
    this.#starts.push(at);
  }

  /** What is known of a dirtree, or null. */
  recall(dirtree: Checksum): RememberedTree | null {
    const index = this.#index.find('dirtree', dirtree);
    const words = this.#words[index];
    if (words === undefined) return null;
    const at = this.#starts[index] as number;
    return {
      words,
      start: at + HEAD,
      fileCount: words[at + SUM] as number,
      dirCount: words[at + SUM + 1] as number,
    };
  }

  /** Remembers a dirtree, if its bytes are what its checksum says. */
  learn(dirtree: Checksum, bytes: Uint8Array, { fileCount, dirCount, spans }: DirTreeLayout): void {
    if (nodeHash.sha256(bytes) !== dirtree) return;
    const words = new Uint32Array(HEAD + SUM * (fileCount + 2 * dirCount));
    words[SUM] = fileCount;
    words[SUM + 1] = dirCount;
    const record = Buffer.from(words.buffer);
    record.write(dirtree, 'hex');
    let at = 4 * HEAD;
    for (let i = 0; i < fileCount + dirCount; i++) {
      const sums = (spans[2 * i + 1] as number) + 1;
      const length = i < fileCount ? 4 * SUM : 8 * SUM;
      record.set(bytes.subarray(sums, sums + length), at);
      at += length;
    }
    this.#put(words, 0);
    this.#learned = true;
  }

  /** Writes what is known of these dirtrees and forgets the others; does nothing when nothing was learned. */
  save(repo: Repo, dirtrees: Iterable<Checksum>): void {
    if (!this.#learned) return;
    const chunks: Uint8Array[] = [MAGIC];
    let total = MAGIC.length;
    for (const dirtree of dirtrees) {
      const tree = this.recall(dirtree);
      if (tree === null) continue;
      const start = tree.start - HEAD;
      const { words } = tree;
      const chunk = Buffer.from(words.buffer, words.byteOffset + 4 * start, 4 * recordSize(words, start));
      chunks.push(chunk);
      total += chunk.length;
    }
    if (total > MAX_BYTES) return;
    const bytes = Buffer.concat(chunks, total);
    const file = path.join(repo.path, FILE);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    repo.replaceFile(file, Buffer.concat([bytes, Buffer.from(nodeHash.sha256(bytes), 'hex')]));
  }
}

/** Words of the record that begins at `at`. */
function recordSize(words: Uint32Array, at: number): number {
  return HEAD + SUM * ((words[at + SUM] as number) + 2 * (words[at + SUM + 1] as number));
}

/** True when the file is as it was written: it begins with its mark and ends with the hash of the rest. */
function isSound(bytes: Buffer): boolean {
  const end = bytes.length - 4 * SUM;
  if (end < MAGIC.length || bytes.length % 4 !== 0 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return false;
  return nodeHash.sha256(bytes.subarray(0, end)) === bytes.toString('hex', end);
}

function asWords(bytes: Buffer): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function readFile(file: string): Buffer | null {
  try {
    if (fs.statSync(file).size > MAX_BYTES) return null;
    return fs.readFileSync(file);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}
