import type { Awaitable, DeltaSource } from '../store.js';

/** Size of a block; larger reads go past the blocks. */
const BLOCK = 1 << 14;
const BLOCKS = 16;

/**
 * A source of which blocks are kept in memory, each at the place that its number gives it: a patch reads some fifty bytes
 * at a time, mostly near the last ones.
 */
export class BlockSource implements DeltaSource {
  readonly size: number;
  readonly #source: DeltaSource;
  /** Which block is at a place, and how many bytes of it. */
  readonly #numbers = new Array<number>(BLOCKS).fill(-1);
  readonly #lengths = new Array<number>(BLOCKS).fill(0);

  /** @param bytes of {@link BLOCK_MEMORY}, for this source alone until it is closed */
  constructor(
    source: DeltaSource,
    readonly bytes: Uint8Array,
  ) {
    this.size = source.size;
    this.#source = source;
  }

  /** Where in {@link BlockSource.bytes} these bytes of the file lie, one after the other; -1 unless they do. */
  at(position: number, length: number): number {
    const number = Math.floor(position / BLOCK);
    const place = number % BLOCKS;
    const from = position - number * BLOCK;
    if (this.#numbers[place] !== number || from + length > (this.#lengths[place] as number)) return -1;
    return place * BLOCK + from;
  }

  read(target: Uint8Array, position: number): Awaitable<number> {
    const number = Math.floor(position / BLOCK);
    const place = number % BLOCKS;
    if (target.length >= BLOCK) return this.#source.read(target, position);
    if (this.#numbers[place] === number) return this.#copy(target, position, place);
    const block = this.bytes.subarray(place * BLOCK, (place + 1) * BLOCK);
    this.#numbers[place] = -1;
    const filled = (length: number): Awaitable<number> => {
      this.#numbers[place] = number;
      this.#lengths[place] = length;
      return this.#copy(target, position, place);
    };
    const length = this.#source.read(block, number * BLOCK);
    return typeof length === 'number' ? filled(length) : length.then(filled);
  }

  #copy(target: Uint8Array, position: number, place: number): Awaitable<number> {
    const from = position % BLOCK;
    const to = Math.min(this.#lengths[place] as number, from + target.length);
    // The end of the file, or of what the source gave at once.
    if (to <= from) return this.#source.read(target, position);
    target.set(this.bytes.subarray(place * BLOCK + from, place * BLOCK + to));
    return to - from;
  }

  close(): void {
    this.#source.close();
  }
}

/** Bytes that a {@link BlockSource} needs. */
export const BLOCK_MEMORY: number = BLOCK * BLOCKS;
