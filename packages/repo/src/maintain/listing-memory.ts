import * as path from 'node:path';
import type { Identity } from '../platform/identities.js';
import { asWords, BYTE_ORDER, readSealed, writeSealed } from '../platform/sealed-file.js';
import type { Repo } from '../repo.js';
import type { ObjectTable } from '../tree/object-table.js';

const FILE = 'tmp/cache/ost-objects';
const MARK = `ostOBJ2${BYTE_ORDER}`;
/** Words of a checksum. */
const SUM = 8;
/** Above this size the file costs more than it saves. */
const MAX_BYTES = 256 << 20;
/** Fewer objects than this are listed as fast as they are remembered. */
const FEW = 4096;

/** A directory of `objects`: what it was when it was listed, and how many objects it has. */
export interface Listing {
  readonly prefix: string;
  readonly identity: Identity;
  readonly count: number;
}

/** What stands in front of the objects in the file: the numbers of their types, in whole words, and their checksums. */
interface Head {
  readonly mode: string;
  readonly listings: readonly (readonly [prefix: string, identity: Identity, count: number])[];
}

/**
 * What the directories of `objects` held when they were last listed: one file, so that a prune lists only those that
 * have changed since, whoever has changed them.
 */
export class ListingMemory {
  readonly #listings = new Map<
    string,
    { readonly identity: Identity; readonly first: number; readonly count: number }
  >();
  #types: Uint8Array = new Uint8Array(0);
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
    let first = 0;
    for (const [prefix, identity, count] of listings) {
      this.#listings.set(prefix, { identity, first, count });
      first += count;
    }
    const types = words.subarray(1 + length, 1 + length + Math.ceil(first / 4));
    this.#types = new Uint8Array(types.buffer, types.byteOffset, first);
    this.#words = words.subarray(1 + length + types.length);
  }

  /** Numbers what a directory holds; false when it may not be what it was. */
  recall(table: ObjectTable, prefix: string, identity: Identity): boolean {
    const known = this.#listings.get(prefix);
    if (known === undefined || identity === '' || known.identity !== identity) return false;
    const end = known.first + known.count;
    for (let i = known.first; i < end; i++) table.addNumbered(this.#types[i] as number, this.#words, i * SUM);
    return true;
  }

  /** Writes what was listed, if that is more than was known: the first objects of the table, directory by directory. */
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
    const { types, words } = table.first(total);
    const content = new Uint32Array(1 + length + Math.ceil(total / 4) + words.length);
    const bytes = Buffer.from(content.buffer);
    content[0] = length;
    bytes.write(text.padEnd(4 * length), 4, 'latin1');
    bytes.set(types, 4 + 4 * length);
    content.set(words, content.length - words.length);
    writeSealed(repo.path, path.join(repo.path, FILE), MARK, bytes, MAX_BYTES);
  }
}
