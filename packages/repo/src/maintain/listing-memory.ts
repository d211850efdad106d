import * as path from 'node:path';
import type { Identity } from '../platform/identities.js';
import { asWords, BYTE_ORDER, readSealed, writeSealed } from '../platform/sealed-file.js';
import type { Repo } from '../repo.js';
import { OBJECT_WORDS, type ObjectTable } from '../tree/object-table.js';

const FILE = 'tmp/cache/ost-objects';
const MARK = `ostOBJ1${BYTE_ORDER}`;
/** Above this size the file costs more than it saves. */
const MAX_BYTES = 256 << 20;
/** Fewer objects than this are listed as fast as they are remembered. */
const FEW = 4096;

/** A directory of `objects`: what it was when it was listed, and the numbers that its objects got, in a row. */
export interface Listing {
  readonly prefix: string;
  readonly identity: Identity;
  readonly first: number;
  readonly count: number;
}

/** What stands in front of the objects in the file. */
interface Head {
  readonly mode: string;
  readonly listings: readonly (readonly [prefix: string, identity: Identity, count: number])[];
}

/**
 * What the directories of `objects` held when they were last listed: one file, so that a prune lists only those that
 * have changed since, whoever has changed them.
 */
export class ListingMemory {
  readonly #listings = new Map<string, { readonly identity: Identity; readonly at: number; readonly count: number }>();
  #words: Uint32Array = new Uint32Array(0);

  /** Reads a repository's memory. */
  static open(repo: { readonly path: string; readonly mode: string }): ListingMemory {
    const memory = new ListingMemory();
    const bytes = readSealed(path.join(repo.path, FILE), MARK, MAX_BYTES);
    if (bytes !== null) memory.#load(asWords(bytes), repo.mode);
    return memory;
  }

  #load(words: Uint32Array, wanted: string): void {
    const length = words[0] as number;
    const text = Buffer.from(words.buffer, words.byteOffset + 4, 4 * length).toString();
    const { mode, listings } = JSON.parse(text) as Head;
    // The suffixes that count depend on it.
    if (mode !== wanted) return;
    this.#words = words;
    let at = 1 + length;
    for (const [prefix, identity, count] of listings) {
      this.#listings.set(prefix, { identity, at, count });
      at += count * OBJECT_WORDS;
    }
  }

  /** Numbers what a directory holds; false when it may not be what it was. */
  recall(table: ObjectTable, prefix: string, identity: Identity): boolean {
    const known = this.#listings.get(prefix);
    if (known === undefined || identity === '' || known.identity !== identity) return false;
    const end = known.at + known.count * OBJECT_WORDS;
    for (let at = known.at; at < end; at += OBJECT_WORDS) table.addCopy(this.#words, at);
    return true;
  }

  /** Writes what was listed, if that is more than was known. */
  save(repo: Repo, table: ObjectTable, listings: readonly Listing[]): void {
    const total = listings.reduce((sum, { count }) => sum + count, 0);
    const isKnown = ({ prefix, identity }: Listing): boolean => this.#listings.get(prefix)?.identity === identity;
    if (total < FEW || (listings.length === this.#listings.size && listings.every(isKnown))) return;
    const head: Head = {
      mode: repo.mode,
      listings: listings.map(({ prefix, identity, count }) => [prefix, identity, count]),
    };
    const text = JSON.stringify(head);
    const length = Math.ceil(text.length / 4);
    const words = new Uint32Array(1 + length + total * OBJECT_WORDS);
    words[0] = length;
    Buffer.from(words.buffer, 4, 4 * length)
      .fill(' ')
      .write(text, 'latin1');
    let at = 1 + length;
    for (const { first, count } of listings) {
      for (let i = 0; i < count; i++, at += OBJECT_WORDS) table.copyTo(words, at, first + i);
    }
    writeSealed(repo.path, path.join(repo.path, FILE), MARK, Buffer.from(words.buffer), MAX_BYTES);
  }
}
