import { ObjectList } from '../format/object-list.js';
import type { PartHeader } from '../format/superblock.js';
import type { DeltaStore } from '../store.js';
import type { PartStats } from './execute.js';
import { applyOwnPart } from './part.js';
import { PartMemory } from './part-memory.js';
import type { ReadPartOptions } from './unpack.js';

/** A part as stored, and what the superblock says of it; plain data, so that it can be sent to a thread. */
export interface ApplyPartJob {
  /** All of a buffer that is nobody else's, so that it can be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly header: Omit<PartHeader, 'objects'> & { readonly objects: Uint8Array };
  /** What all threads know of the memory that parts take. */
  readonly memory: SharedArrayBuffer;
}

/** Threads that apply parts. They write into the same transaction as the caller. */
export interface PartWorkers {
  /** How many parts may be under way at once. */
  readonly concurrency: number;
  apply(job: ApplyPartJob): Promise<PartStats>;
}

/**
 * Applies one part on this thread: what an implementation of {@link PartWorkers} calls in its threads. The bytes are let
 * go of as soon as they are decompressed.
 */
export function runApplyPartJob(
  { bytes, header, memory }: ApplyPartJob,
  store: DeltaStore,
  options: ReadPartOptions = {},
): Promise<PartStats> {
  const whole = { ...header, objects: new ObjectList(header.objects) };
  return applyOwnPart(bytes, whole, store, options, new PartMemory(store, memory).claimOf(header));
}

/** Applies a part; its bytes are nobody else's. */
export type ApplyPart = (bytes: Uint8Array<ArrayBuffer>, header: PartHeader) => Promise<PartStats>;

/** Who applies parts: this thread, which shares its time between several, or this one and workers, a part at a time each. */
export class Hands {
  readonly #free: ApplyPart[];
  readonly #waiting: ((hand: ApplyPart) => void)[] = [];

  constructor(here: ApplyPart, workers: PartWorkers | undefined, lanes: number, memory: PartMemory) {
    if (workers === undefined) this.#free = Array.from({ length: lanes }, () => here);
    else this.#free = [...Array.from({ length: workers.concurrency }, () => inWorker(workers, memory.shared)), here];
  }

  /** Applies a part as soon as a hand is free. */
  async apply(bytes: Uint8Array<ArrayBuffer>, header: PartHeader): Promise<PartStats> {
    const hand = this.#free.shift() ?? (await new Promise<ApplyPart>((resolve) => void this.#waiting.push(resolve)));
    try {
      return await hand(bytes, header);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.unshift(hand);
      else next(hand);
    }
  }
}

function inWorker(workers: PartWorkers, memory: SharedArrayBuffer): ApplyPart {
  return (bytes, header) => workers.apply({ bytes, header: { ...header, objects: header.objects.packed() }, memory });
}
