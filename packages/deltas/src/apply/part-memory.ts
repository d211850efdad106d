import type { PartHeader } from '../format/superblock.js';
import type { DeltaLimits } from '../limits.js';
import type { DeltaStore } from '../store.js';
import { throwIfAborted } from '../turns.js';

/** What a decoder of preset 8 keeps, in bytes; libostree takes that one, and `compileDelta` none that is higher. */
const DICTIONARY = 32 * 1024 * 1024;

/** More decoders than are ever waited for. */
const PLENTY = 1 << 20;

/** Places in the shared array: bytes taken, decoders free, how often any of both has been given back. */
const [USED, DECODERS, CHANGES] = [0, 1, 2] as const;

/** A part's share of {@link PartMemory}. */
export interface Claim {
  readonly bytes: number;
  /** Gives it back; again does no harm. */
  give(): void;
  /** Runs the part's decoder as soon as its dictionary may be taken. */
  decode(run: () => Promise<void>, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * The memory that the parts of a delta may take, in all threads that apply it. With scratch files these are parts as stored,
 * until they are decompressed, and the dictionary of each decoder; without, parts take what they yield as well, until they
 * are applied. Threads wait for memory without being blocked.
 */
export class PartMemory {
  readonly #counts: BigInt64Array;
  #room = 0;

  /** @param shared what {@link PartMemory.shared} is in the thread that made it */
  constructor(
    private readonly store: DeltaStore,
    readonly shared: SharedArrayBuffer,
  ) {
    this.#counts = new BigInt64Array(shared);
  }

  /** Memory that nothing is taken of yet. */
  static within(limits: DeltaLimits, store: DeltaStore): PartMemory {
    const memory = new PartMemory(store, new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT));
    const decoders = Math.max(1, Math.trunc(limits.decoders));
    memory.#counts[DECODERS] = BigInt(decoders);
    memory.#room = limits.aheadSize - (store.scratch === undefined ? 0 : decoders * DICTIONARY);
    return memory;
  }

  /**
   * Takes what a part needs, before it is fetched; false when there is no room for it. One alone may take more than all.
   * For the thread that hands parts out.
   */
  take(part: PartHeader): boolean {
    const { bytes } = this.claimOf(part);
    const used = Number(Atomics.load(this.#counts, USED));
    if (used > 0 && used + bytes > this.#room) return false;
    Atomics.add(this.#counts, USED, BigInt(bytes));
    return true;
  }

  /** What was taken for a part, in the thread that it was handed to. */
  claimOf({ size, usize }: Pick<PartHeader, 'size' | 'usize'>): Claim {
    const bytes = this.store.scratch === undefined ? size + usize : size;
    let given = 0;
    const give = (): void => {
      if (given++ === 0) this.#change(USED, -bytes);
    };
    return { bytes, give, decode: (run, signal) => this.#decode(run, signal) };
  }

  /** Makes an attempt now, and again when something has been given back, until it does not answer null. */
  async until<T>(attempt: () => T | null, signal: AbortSignal | undefined): Promise<T> {
    for (;;) {
      throwIfAborted(signal);
      const changes = Atomics.load(this.#counts, CHANGES);
      const result = attempt();
      if (result !== null) return result;
      await Atomics.waitAsync(this.#counts, CHANGES, changes).value;
    }
  }

  async #decode(run: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    await this.until(() => this.#takeDecoder() || null, signal);
    try {
      await run();
    } finally {
      this.#change(DECODERS, 1);
    }
  }

  /** After a failure: whoever waits goes on, since what failed may never give back what it took. */
  abandon(): void {
    this.#change(DECODERS, PLENTY);
  }

  #takeDecoder(): boolean {
    for (;;) {
      const free = Atomics.load(this.#counts, DECODERS);
      if (free === 0n) return false;
      if (Atomics.compareExchange(this.#counts, DECODERS, free, free - 1n) === free) return true;
    }
  }

  #change(place: number, by: number): void {
    Atomics.add(this.#counts, place, BigInt(by));
    Atomics.add(this.#counts, CHANGES, 1n);
    Atomics.notify(this.#counts, CHANGES);
  }
}
