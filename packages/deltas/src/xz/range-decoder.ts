import { corrupt } from '../errors.js';

const TOP = 0x0100_0000;

/** The range decoder of LZMA: reads bits whose probabilities adapt. `range` and `code` are kept as signed 32-bit. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #position = 0;
  #end = 0;
  #range = 0;
  #code = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Begins a chunk. */
  start(position: number, length: number): void {
    const bytes = this.#bytes;
    if (length < 5 || bytes[position] !== 0) throw corrupt('Data is corrupt');
    let code = 0;
    for (let i = 1; i < 5; i++) code = (code << 8) | (bytes[position + i] as number);
    this.#code = code;
    this.#range = -1;
    this.#position = position + 5;
    this.#end = position + length;
  }

  /** True if the chunk is used up as an encoder leaves it. */
  get finished(): boolean {
    this.#normalize();
    return this.#position === this.#end && this.#code === 0;
  }

  /** One bit with the probability at `index`. */
  bit(probabilities: Uint16Array, index: number): 0 | 1 {
    this.#normalize();
    const probability = probabilities[index] as number;
    const bound = Math.imul(this.#range >>> 11, probability);
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound;
      probabilities[index] = probability + ((2048 - probability) >>> 5);
      return 0;
    }
    this.#range = (this.#range - bound) | 0;
    this.#code = (this.#code - bound) | 0;
    probabilities[index] = probability - (probability >>> 5);
    return 1;
  }

  /** `bits` bits, highest first, each with the probability of its prefix. */
  tree(probabilities: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.bit(probabilities, base + symbol);
    return symbol - (1 << bits);
  }

  /** Like {@link RangeDecoder.tree}, lowest bit first. */
  reverseTree(probabilities: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(probabilities, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  /** `bits` equally probable bits. */
  direct(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      this.#normalize();
      this.#range >>>= 1;
      const below = this.#code >>> 0 < this.#range >>> 0;
      if (!below) this.#code = (this.#code - this.#range) | 0;
      value = (value << 1) | (below ? 0 : 1);
    }
    return value >>> 0;
  }

  #normalize(): void {
    if (this.#range >>> 0 < TOP) {
      if (this.#position >= this.#end) throw corrupt('Data is corrupt');
      this.#range <<= 8;
      this.#code = (this.#code << 8) | (this.#bytes[this.#position++] as number);
    }
  }
}
