import type { Checksum } from '@ost/objects';

/** Bytes of a checksum. */
const SUM = 32;

/**
 * Many checksums as bytes in order. They are looked up as they lie in a file: to make a string of each, and a set of
 * these, takes longer than most threads use it.
 */
export class ChecksumList {
  /** The first four bytes of each. */
  readonly #heads: Uint32Array;

  /** @param bytes checksums in ascending order; where they are not, some are not found */
  constructor(readonly bytes: Buffer) {
    this.#heads = new Uint32Array(Math.floor(bytes.length / SUM));
    for (let i = 0; i < this.#heads.length; i++) this.#heads[i] = bytes.readUInt32BE(i * SUM);
  }

  static of(checksums: Iterable<Checksum>): ChecksumList {
    return new ChecksumList(Buffer.from([...new Set(checksums)].sort().join(''), 'hex'));
  }

  get length(): number {
    return this.#heads.length;
  }

  has(checksum: Checksum): boolean {
    const head = Number.parseInt(checksum.slice(0, 8), 16);
    for (let at = this.#firstFrom(head); at < this.length && this.#heads[at] === head; at++) {
      if (this.#at(at) === checksum) return true;
    }
    return false;
  }

  *[Symbol.iterator](): Generator<Checksum, void, undefined> {
    for (let at = 0; at < this.length; at++) yield this.#at(at);
  }

  #at(index: number): Checksum {
    return this.bytes.toString('hex', index * SUM, index * SUM + SUM) as Checksum;
  }

  /** The position of the first that begins with `head`, or with more. */
  #firstFrom(head: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#heads[middle] as number) < head) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
