import { type Checksum, OBJECT_TYPE_NUMBERS, type ObjectType, objectTypeFromNumber } from '@ost/objects';

const WORDS = 8;
const BYTES = 32;
/** What is more than a byte, and stays so when it is combined with bytes. */
const NO_BYTE = 256;

/** Values of the lower-case hexadecimal digits by character code. */
const digits: Uint16Array = new Uint16Array(128).fill(NO_BYTE);
for (let i = 0; i < 16; i++) digits[i.toString(16).charCodeAt(0)] = i;

/** The byte that two digits make; {@link NO_BYTE} or more if they are none. */
function byteAt(text: string, at: number): number {
  const high = digits[text.charCodeAt(at)] ?? NO_BYTE;
  return (high << 4) | (digits[text.charCodeAt(at + 1)] ?? NO_BYTE);
}

/**
 * Objects numbered from 0 in the order in which they were met. Takes 45 bytes or so for each, where a set of names takes
 * several hundred, and needs no name to be made of bytes that hold one.
 */
export class ObjectTable {
  #words: Uint32Array;
  #types: Uint8Array;
  /** Number of an object plus one at the place where its hash points, or at the next free one. */
  #slots: Int32Array;
  /** The names come from strangers, who must not be able to choose ones that collide. */
  readonly #seeds: Uint32Array = Uint32Array.from({ length: WORDS }, () => (Math.random() * 2 ** 32) | 1);
  /** The checksum that is being looked up. */
  readonly #key = new Uint32Array(WORDS);
  readonly #keyBytes: Buffer = Buffer.from(this.#key.buffer);
  #size = 0;

  /** @param expected how many objects there may be, a power of two; the table grows beyond it when it has to */
  constructor(expected = 1024) {
    this.#words = new Uint32Array(expected * WORDS);
    this.#types = new Uint8Array(expected);
    this.#slots = new Int32Array(expected * 4);
  }

  /** How many objects there are. */
  get size(): number {
    return this.#size;
  }

  /** The number of the object whose checksum lies in `bytes`, a new one when it has none yet. */
  add(type: ObjectType, bytes: Uint8Array, offset: number): number {
    this.#keyBytes.set(bytes.subarray(offset, offset + BYTES));
    return this.#find(OBJECT_TYPE_NUMBERS[type], this.#key, 0, true);
  }

  /** {@link ObjectTable.add} for bytes that are seen as words. */
  addWords(type: ObjectType, words: Uint32Array, offset: number): number {
    return this.#find(OBJECT_TYPE_NUMBERS[type], words, offset, true);
  }

  /** The number of an object, a new one when it has none yet. */
  addChecksum(type: ObjectType, checksum: Checksum): number {
    this.#keyBytes.write(checksum, 'hex');
    return this.#find(OBJECT_TYPE_NUMBERS[type], this.#key, 0, true);
  }

  /** {@link ObjectTable.addChecksum} for the file `prefix/name` below `objects`; -1 when that is no checksum. */
  addLoose(type: ObjectType, prefix: string, name: string): number {
    // Digits by hand: a call for each of many thousand names takes longer than the digits.
    const bytes = this.#keyBytes;
    let wrong = (bytes[0] = byteAt(prefix, 0));
    for (let i = 1; i < BYTES; i++) wrong |= bytes[i] = byteAt(name, 2 * i - 2);
    return wrong < NO_BYTE ? this.#find(OBJECT_TYPE_NUMBERS[type], this.#key, 0, true) : -1;
  }

  /** The number of an object, or -1. */
  find(type: ObjectType, checksum: Checksum): number {
    this.#keyBytes.write(checksum, 'hex');
    return this.#find(OBJECT_TYPE_NUMBERS[type], this.#key, 0, false);
  }

  /** The numbers of the types of the first objects, and their checksums: eight words each. Views of the table. */
  first(count: number): { readonly types: Uint8Array; readonly words: Uint32Array } {
    return { types: this.#types.subarray(0, count), words: this.#words.subarray(0, count * WORDS) };
  }

  /** {@link ObjectTable.addWords} for the number of a type. */
  addNumbered(type: number, words: Uint32Array, offset: number): number {
    return this.#find(type, words, offset, true);
  }

  /** The number of the object that another table knows as number `index`, or -1. */
  findOf(other: ObjectTable, index: number): number {
    return this.#find(other.#types[index] as number, other.#words, index * WORDS, false);
  }

  /** True when a numbered object is of a type. */
  is(index: number, type: ObjectType): boolean {
    return this.#types[index] === OBJECT_TYPE_NUMBERS[type];
  }

  /** The type of a numbered object. */
  type(index: number): ObjectType {
    return objectTypeFromNumber(this.#types[index] as number) as ObjectType;
  }

  /** The checksum of a numbered object. */
  checksum(index: number): Checksum {
    const at = this.#words.byteOffset + index * BYTES;
    return Buffer.from(this.#words.buffer, at, BYTES).toString('hex') as Checksum;
  }

  #find(type: number, words: Uint32Array, at: number, add: boolean): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(type, words, at) & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] as number) - 1;
      if (index === -1) return add ? this.#append(slot, type, words, at) : -1;
      if (
        this.#words[index * WORDS] === words[at] &&
        this.#types[index] === type &&
        this.#matches(index * WORDS, words, at)
      ) {
        return index;
      }
    }
  }

  #matches(own: number, words: Uint32Array, at: number): boolean {
    for (let i = 1; i < WORDS; i++) if (this.#words[own + i] !== words[at + i]) return false;
    return true;
  }

  /** Without a loop, as most tables are small and done before a loop would run fast. */
  #hash(type: number, words: Uint32Array, at: number): number {
    const seeds = this.#seeds;
    const sum =
      Math.imul(words[at] as number, seeds[0] as number) +
      Math.imul(words[at + 1] as number, seeds[1] as number) +
      Math.imul(words[at + 2] as number, seeds[2] as number) +
      Math.imul(words[at + 3] as number, seeds[3] as number) +
      Math.imul(words[at + 4] as number, seeds[4] as number) +
      Math.imul(words[at + 5] as number, seeds[5] as number) +
      Math.imul(words[at + 6] as number, seeds[6] as number) +
      Math.imul(words[at + 7] as number, seeds[7] as number) +
      type;
    // The upper bits of a sum of products are the well mixed ones.
    return (sum ^ (sum >>> 15)) >>> 0;
  }

  #append(slot: number, type: number, words: Uint32Array, at: number): number {
    const index = this.#size++;
    if (index === this.#types.length) this.#grow();
    for (let i = 0; i < WORDS; i++) this.#words[index * WORDS + i] = words[at + i] as number;
    this.#types[index] = type;
    this.#slots[slot] = index + 1;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return index;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
    const types = new Uint8Array(this.#types.length * 2);
    types.set(this.#types);
    this.#types = types;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = this.#hash(this.#types[index] as number, this.#words, index * WORDS) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}
