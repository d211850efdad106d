import * as path from 'node:path';
import { type Checksum, OBJECT_TYPE_NUMBERS, type ObjectType } from '@ost/objects';
import type { Identity } from '../platform/identities.js';
import { asWords, BYTE_ORDER, readSealed, writeSealed } from '../platform/sealed-file.js';
import type { Repo } from '../repo.js';
import type { ObjectTable } from '../tree/object-table.js';

const FILE = 'tmp/cache/ost-objects';
const MARK = `ostOBJ3${BYTE_ORDER}`;
/** Words of a checksum. */
const SUM = 8;
/** Above this size the file costs more than it saves. */
const MAX_BYTES = 256 << 20;
/** Fewer objects than this are listed as fast as they are remembered. */
const FEW = 4096;
/** More roots than this are not remembered. */
const MANY_ROOTS = 100_000;

/** A directory of `objects`: what it was when it was listed, and how many objects it has. */
export interface Listing {
  readonly prefix: string;
  readonly identity: Identity;
  readonly count: number;
}

/** What reached all objects of a repository, and nothing that was missing but the commits at the ends. */
export interface Walk {
  /** The commits that were walked from, and how many of their parents were: -1 all. */
  readonly roots: readonly (readonly [commit: Checksum, depth: number])[];
  /** Parents that were not there. */
  readonly ends: readonly Checksum[];
}

/** What stands in front of the objects in the file: the numbers of their types, in whole words, and their checksums. */
interface Head {
  readonly mode: string;
  readonly listings: readonly (readonly [prefix: string, identity: Identity, count: number])[];
  readonly walk: Walk | null;
}

/**
 * What the directories of `objects` held when they were last listed: one file, so that a prune lists only those that
 * have changed since, whoever has changed them.
 */
export class ListingMemory {
  /**
   * The walk that reached all the objects when they were listed; null when there was none. What an object refers to never
   * changes, so that as long as all of them are there it would reach them again.
   */
  walk: Walk | null = null;
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
    const { mode, listings, walk } = JSON.parse(text) as Head;
    // The suffixes that count depend on it.
    if (mode !== wanted) return;
    this.walk = walk;
    let first = 0;
    for (const [prefix, identity, count] of listings) {
      this.#listings.set(prefix, { identity, first, count });
      first += count;
    }
    const types = words.subarray(1 + length, 1 + length + Math.ceil(first / 4));
    this.#types = new Uint8Array(types.buffer, types.byteOffset, first);
    this.#words = words.subarray(1 + length + types.length);
  }

  /** How many objects there were. */
  get size(): number {
    return this.#types.length;
  }

  /** The directories that there were. */
  prefixes(): Iterable<string> {
    return this.#listings.keys();
  }

  /** True when a directory is what it was. */
  isUnchanged(prefix: string, identity: Identity): boolean {
    return identity !== '' && this.#listings.get(prefix)?.identity === identity;
  }

  /** Numbers what a directory held, and tells how many that is. */
  number(table: ObjectTable, prefix: string): number {
    const { first, count } = this.#listings.get(prefix) ?? { first: 0, count: 0 };
    for (let i = first; i < first + count; i++) table.addNumbered(this.#types[i] as number, this.#words, i * SUM);
    return count;
  }

  /** True for an object that there was. One directory is gone through, which for the few that are asked for is soonest done. */
  has(type: ObjectType, checksum: Checksum): boolean {
    const listing = this.#listings.get(checksum.slice(0, 2));
    if (listing === undefined) return false;
    const wanted = asWords(Buffer.from(checksum, 'hex'));
    const [words, types, number] = [this.#words, this.#types, OBJECT_TYPE_NUMBERS[type]];
    const end = listing.first + listing.count;
    for (let i = listing.first; i < end; i++) {
      // The second word: of the first one all in a directory share a byte.
      if (words[i * SUM + 1] !== wanted[1] || types[i] !== number) continue;
      if (wanted.every((word, at) => words[i * SUM + at] === word)) return true;
    }
    return false;
  }

  /** Checksums of the commits that there were. */
  *commits(): Generator<Checksum> {
    const next = (from: number): number => this.#types.indexOf(OBJECT_TYPE_NUMBERS.commit, from);
    for (let i = next(0); i !== -1; i = next(i + 1)) {
      const at = this.#words.byteOffset + 4 * SUM * i;
      yield Buffer.from(this.#words.buffer, at, 4 * SUM).toString('hex') as Checksum;
    }
  }

  /**
   * Writes what was listed, if that is more than was known.
   * @param table has the objects first, directory by directory
   * @param walk see {@link ListingMemory.walk}
   */
  save(repo: Repo, table: ObjectTable, listings: readonly Listing[], walk: Walk | null): void {
    const total = listings.reduce((sum, { count }) => sum + count, 0);
    const isKnown = ({ prefix, identity }: Listing): boolean => this.#listings.get(prefix)?.identity === identity;
    const listed = listings.length === this.#listings.size && listings.every(isKnown);
    const known = walk !== null && walk.roots.length > MANY_ROOTS ? null : walk;
    if (total < FEW || (listed && (known === null || JSON.stringify(known) === JSON.stringify(this.walk)))) return;
    const head: Head = {
      mode: repo.mode,
      listings: listings.map(({ prefix, identity, count }) => [prefix, identity, count]),
      walk: known,
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
