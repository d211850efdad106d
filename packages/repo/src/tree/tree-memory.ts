import * as path from 'node:path';
import type { Checksum, DirTreeLayout } from '@ost/objects';
import { nodeHash } from '../platform/hash.js';
import { asWords, BYTE_ORDER, readSealed, writeSealed } from '../platform/sealed-file.js';
import type { Repo } from '../repo.js';
import { ObjectTable } from './object-table.js';

const FILE = 'tmp/cache/ost-dirtrees';
/** Everything in the file has a size of whole words, and is read as words. */
const MARK = `ostDIR2${BYTE_ORDER}`;
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
    const bytes = readSealed(path.join(repo.path, FILE), MARK, MAX_BYTES);
    if (bytes !== null) memory.#load(asWords(bytes));
    return memory;
  }

  #load(words: Uint32Array): void {
    for (let at = 0; at + HEAD <= words.length; ) {
      const size = recordSize(words, at);
      if (at + size > words.length) return;
      this.#put(words, at);
      at += size;
    }
  }

  #put(words: Uint32Array, at: number): void {
    if (this.#index.addWords('dirtree', words, at) < this.#words.length) return;
    this.#words.push(words);
    this.#starts.push(at);
  }

  /** What is known of the dirtree that has a number in a table, or null. */
  recall(table: ObjectTable, dirtree: number): RememberedTree | null {
    const index = this.#index.findOf(table, dirtree);
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
  save(repo: Repo, table: ObjectTable, dirtrees: Iterable<number>): void {
    if (!this.#learned) return;
    const chunks: Uint8Array[] = [];
    for (const dirtree of dirtrees) {
      const tree = this.recall(table, dirtree);
      if (tree === null) continue;
      const start = tree.start - HEAD;
      const { words } = tree;
      chunks.push(Buffer.from(words.buffer, words.byteOffset + 4 * start, 4 * recordSize(words, start)));
    }
    writeSealed(repo.path, path.join(repo.path, FILE), MARK, Buffer.concat(chunks), MAX_BYTES);
  }
}

/** Words of the record that begins at `at`. */
function recordSize(words: Uint32Array, at: number): number {
  return HEAD + SUM * ((words[at + SUM] as number) + 2 * (words[at + SUM + 1] as number));
}
