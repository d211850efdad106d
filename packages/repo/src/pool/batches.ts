import { DEPTH, runHere, sharedPool, type WorkerPool } from './pool.js';
import type { Task } from './task.js';

/** When work moves to worker threads, and in which portions. */
export const BATCH: {
  readonly items: number;
  readonly bytes: number;
  readonly poolItems: number;
  readonly poolBytes: number;
} = {
  /** Items in one message at most. */
  items: 128,
  /** Bytes of file content in one message, roughly. */
  bytes: 4 << 20,
  /** Below this many items in all, and ... */
  poolItems: 1500,
  /** ... below this many bytes, everything runs in the main thread: a worker takes 40 ms to start. */
  poolBytes: 24 << 20,
};

/** So many portions a worker gets of a caller that does not wait, and may be long in coming back. */
const AHEAD = 10;

/** Options of {@link BatchRunner}. */
export interface BatchOptions<J, I, O> {
  readonly task: Task<I, O>;
  /** Makes a task's input of a portion of jobs. */
  readonly input: (jobs: readonly J[]) => I;
  /** Buffers of a portion that may move to a worker instead of being copied. */
  readonly transfer?: (jobs: readonly J[]) => ArrayBuffer[];
  /** Takes the output of a portion. */
  readonly done: (jobs: readonly J[], output: O) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Cuts a stream of jobs into portions and runs them: in this thread while there is little to do or the workers have
 * enough, in the worker pool otherwise. Memory stays flat, because {@link BatchRunner.drain} works portions off.
 */
export class BatchRunner<J, I, O> {
  #jobs: J[] = [];
  #bytes = 0;
  #items = 0;
  #seenItems = 0;
  #seenBytes = 0;
  readonly #held: J[][] = [];
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;
  #pool: WorkerPool | null = null;

  constructor(private readonly options: BatchOptions<J, I, O>) {}

  /**
   * Adds a job. Cheap; call {@link BatchRunner.drain} now and then.
   * @param bytes of content that it handles, roughly
   * @param items that it stands for
   */
  push(job: J, bytes: number, items: number = 1): void {
    this.#jobs.push(job);
    this.#bytes += bytes;
    this.#items += items;
    this.#seenItems += items;
    this.#seenBytes += bytes;
    if (this.#items >= BATCH.items || this.#bytes >= BATCH.bytes) this.#cut();
  }

  /** True until the workers have enough for a while: a caller that does not wait may push, and feed, more. */
  get hungry(): boolean {
    return this.#pool === null || !this.#pool.isFull(AHEAD);
  }

  /** The workers; null while there is too little to do for them. */
  get pool(): WorkerPool | null {
    return this.#pool;
  }

  /** Hands full portions to the workers while these have room, without waiting for anything. */
  feed(depth: number = AHEAD): void {
    if (this.#pool === null) {
      if (this.#seenItems < BATCH.poolItems && this.#seenBytes < BATCH.poolBytes) return;
      this.#pool = sharedPool();
    }
    while (this.#held.length > 0 && !this.#pool.isFull(depth)) this.#start(this.#pool, this.#held.shift() as J[]);
  }

  /** Gets full portions done: by the workers, and by this thread when these have enough. */
  async drain(): Promise<void> {
    for (;;) {
      this.#check();
      this.feed(DEPTH);
      const jobs = this.#pool === null ? undefined : this.#held.shift();
      if (jobs === undefined) return;
      await this.#runHere(jobs);
      // Lets the workers' answers in.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Runs what is left and waits for all of it. */
  async finish(): Promise<void> {
    this.#cut();
    if (this.#pool !== null || this.#seenItems >= BATCH.poolItems || this.#seenBytes >= BATCH.poolBytes) {
      await this.drain();
      await Promise.all(this.#running);
    } else {
      for (const jobs of this.#held.splice(0)) {
        this.#check();
        await this.#runHere(jobs);
      }
    }
    this.#check();
  }

  /** Waits for what is under way, whatever its outcome; for clean-up after a failure. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #cut(): void {
    if (this.#jobs.length === 0) return;
    this.#held.push(this.#jobs);
    this.#jobs = [];
    this.#bytes = 0;
    this.#items = 0;
  }

  #check(): void {
    this.options.signal?.throwIfAborted();
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #runHere(jobs: J[]): Promise<void> {
    this.options.done(jobs, await runHere(this.options.task, this.options.input(jobs)));
  }

  #start(pool: WorkerPool, jobs: J[]): void {
    const work = pool
      .run(this.options.task, this.options.input(jobs), this.options.transfer?.(jobs))
      .then((output) => {
        this.options.done(jobs, output);
        // This thread may be far from the end of a portion of its own.
        if (this.#failure === null && this.options.signal?.aborted !== true) this.feed(DEPTH);
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }
}
