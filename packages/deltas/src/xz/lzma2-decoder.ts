import { corrupt } from '../errors.js';
import type { GrowingBytes } from './growing-bytes.js';
import type { Lzma2Chunk } from './lzma2-chunks.js';
import { RangeDecoder } from './range-decoder.js';

// Layout of the probability table; names as in the public LZMA specification.
const STATES = 12;
const MATCH = 0;
const REP = MATCH + STATES * 16;
const REP_0 = REP + STATES;
const REP_1 = REP_0 + STATES;
const REP_2 = REP_1 + STATES;
const REP_0_LONG = REP_2 + STATES;
const SLOT = REP_0_LONG + STATES * 16;
const SPECIAL = SLOT + 4 * 64;
const ALIGN = SPECIAL + 128;
const LENGTH = ALIGN + 16;
const REP_LENGTH = LENGTH + 2 + 2 * 128 + 256;
const LITERAL = REP_LENGTH + 2 + 2 * 128 + 256;

/** Decodes the LZMA2 chunks of one block. The output itself is the dictionary, so nothing else is allocated. */
export class Lzma2Decoder {
  readonly #bytes: Uint8Array;
  readonly #out: GrowingBytes;
  readonly #range: RangeDecoder;
  readonly #probabilities = new Uint16Array(LITERAL + (0x300 << 4));
  #dictionaryStart: number;
  #lc = 0;
  #lp = 0;
  #pb = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;

  constructor(bytes: Uint8Array, out: GrowingBytes) {
    this.#bytes = bytes;
    this.#out = out;
    this.#range = new RangeDecoder(bytes);
    this.#dictionaryStart = out.length;
  }

  /** Decodes the next chunk. */
  decode(chunk: Lzma2Chunk): void {
    const out = this.#out;
    if (!out.reserve(chunk.size)) throw corrupt('Data is corrupt');
    if (chunk.control === 1 || chunk.control >= 0xe0) this.#dictionaryStart = out.length;
    if (chunk.control < 0x80) {
      if (chunk.control === 1) this.#reset();
      out.append(this.#bytes.subarray(chunk.start, chunk.start + chunk.length));
      return;
    }
    if (chunk.control >= 0xc0) this.#setProperties(chunk.properties);
    if (chunk.control >= 0xa0) this.#reset();
    this.#range.start(chunk.start, chunk.length);
    this.#run(out.length + chunk.size);
    if (!this.#range.finished) throw corrupt('Data is corrupt');
  }

  #setProperties(properties: number): void {
    this.#pb = Math.floor(properties / 45);
    this.#lp = Math.floor(properties / 9) % 5;
    this.#lc = properties % 9;
    if (this.#pb > 4 || this.#lc + this.#lp > 4) throw corrupt('Data is corrupt');
  }

  #reset(): void {
    this.#probabilities.fill(1024);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  #run(end: number): void {
    const { bytes } = this.#out;
    const range = this.#range;
    const probabilities = this.#probabilities;
    const mask = (1 << this.#pb) - 1;
    let position = this.#out.length;
    while (position < end) {
      const posState = (position - this.#dictionaryStart) & mask;
      if (range.bit(probabilities, MATCH + this.#state * 16 + posState) === 0) {
        this.#literal(bytes, position++);
        continue;
      }
      const length = this.#matchLength(posState);
      const source = position - this.#rep0 - 1;
      if (source < this.#dictionaryStart || length > end - position) throw corrupt('Data is corrupt');
      for (let i = 0; i < length; i++) bytes[position + i] = bytes[source + i] as number;
      position += length;
    }
    this.#out.length = end;
  }

  #literal(bytes: Uint8Array, position: number): void {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const previous = position > this.#dictionaryStart ? (bytes[position - 1] as number) : 0;
    const low = (position - this.#dictionaryStart) & ((1 << this.#lp) - 1);
    const base = LITERAL + 0x300 * ((low << this.#lc) + (previous >>> (8 - this.#lc)));
    let symbol = 1;
    if (this.#state >= 7) {
      const source = position - this.#rep0 - 1;
      if (source < this.#dictionaryStart) throw corrupt('Data is corrupt');
      let match = bytes[source] as number;
      let matched = true;
      while (matched && symbol < 0x100) {
        const matchBit = (match >>> 7) & 1;
        match <<= 1;
        const bit = range.bit(probabilities, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        matched = bit === matchBit;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(probabilities, base + symbol);
    bytes[position] = symbol;
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** Reads a match: sets the distance in `rep0` and answers the length. */
  #matchLength(posState: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const state = this.#state;
    const short = state < 7;
    if (range.bit(probabilities, REP + state) === 0) {
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      const length = this.#length(LENGTH, posState);
      this.#state = short ? 7 : 10;
      this.#rep0 = this.#distance(length);
      return length;
    }
    if (range.bit(probabilities, REP_0 + state) === 0) {
      if (range.bit(probabilities, REP_0_LONG + state * 16 + posState) === 0) {
        this.#state = short ? 9 : 11;
        return 1;
      }
    } else {
      let distance: number;
      if (range.bit(probabilities, REP_1 + state) === 0) {
        distance = this.#rep1;
      } else {
        if (range.bit(probabilities, REP_2 + state) === 0) {
          distance = this.#rep2;
        } else {
          distance = this.#rep3;
          this.#rep3 = this.#rep2;
        }
        this.#rep2 = this.#rep1;
      }
      this.#rep1 = this.#rep0;
      this.#rep0 = distance;
    }
    this.#state = short ? 8 : 11;
    return this.#length(REP_LENGTH, posState);
  }

  #length(base: number, posState: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    if (range.bit(probabilities, base) === 0) return 2 + range.tree(probabilities, base + 2 + posState * 8, 3);
    if (range.bit(probabilities, base + 1) === 0) {
      return 10 + range.tree(probabilities, base + 2 + 128 + posState * 8, 3);
    }
    return 18 + range.tree(probabilities, base + 2 + 256, 8);
  }

  #distance(length: number): number {
    const range = this.#range;
    const probabilities = this.#probabilities;
    const slot = range.tree(probabilities, SLOT + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const high = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return high + range.reverseTree(probabilities, SPECIAL + high - slot, bits);
    const middle = range.direct(bits - 4) * 16;
    return high + middle + range.reverseTree(probabilities, ALIGN, 4);
  }
}
