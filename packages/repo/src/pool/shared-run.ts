import { runHere, type WorkerPool } from './pool.js';
import { leaveJobs, shareJobs, type SharedJobs } from './shared-jobs.js';
import type { Task } from './task.js';

/** So many lists the workers have at hand: while this thread is busy with something large, it hands out nothing. */
const AHEAD = 2;

/** Options of {@link SharedRun}. */
export interface SharedRunOptions<J, I, O> {
  readonly pool: WorkerPool;
  readonly task: Task<I, O>;
  /** The next jobs, some hundred; empty at the end. */
  readonly next: () => readonly J[];
  /** Makes the task's input. Every thread gets the same, and takes jobs of it until none is left. */
  readonly input: (jobs: SharedJobs<J>) => I;
  /** Takes what all threads answer to a list of jobs. */
  readonly done: (jobs: readonly J[], outputs: readonly O[]) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Jobs that the workers have, and this thread takes part in. */
interface List<I, O> {
  readonly input: I;
  /** This thread's part. */
  readonly finish: (output: O) => void;
  /** Has the workers leave what they have not begun. */
  readonly leave: () => void;
}

/**
 * Runs jobs in all threads, this one too, each of which takes the next one when it is done with one: for jobs of which
 * nobody knows how long they take. Cheaper than portions, too, as nothing but lists is handed out.
 */
export class SharedRun<J, I, O> {
  /** Those that this thread has yet to come to. */
  readonly #lists: List<I, O>[] = [];
  readonly #ends: Promise<void>[] = [];
  #given = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(private readonly options: SharedRunOptions<J, I, O>) {}

  /** Runs all jobs. After an error nothing is under way any more. */
  async run(): Promise<void> {
    const { task, signal } = this.options;
    let list: List<I, O> | undefined;
    try {
      for (let ahead = 0; ahead < AHEAD; ahead++) this.#give();
      for (list = this.#lists.shift(); list !== undefined; list = this.#lists.shift()) {
        list.finish(await runHere(task, list.input));
        if (this.#lists.length === 0) this.#give();
        // Lets the workers' answers in.
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
        this.#check();
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    if (this.#failure !== null) for (const left of [list, ...this.#lists]) left?.leave();
    await Promise.all(this.#ends);
    this.#check();
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Gives the next list to all workers. */
  #give(): void {
    const { pool, task, next, input: inputFor, done } = this.options;
    if (this.#failure !== null) return;
    const jobs = next();
    if (jobs.length === 0) return;
    const number = ++this.#given;
    const shared = shareJobs(jobs);
    const input = inputFor(shared);
    let finish: (output: O | null) => void = () => undefined;
    const here = new Promise<O | null>((resolve) => {
      finish = resolve;
    });
    this.#lists.push({ input, finish, leave: () => (leaveJobs(shared), finish(null)) });
    const elsewhere = Array.from({ length: pool.size }, async () => {
      const output = await pool.run(task, input);
      if (this.#given < number + AHEAD) this.#give();
      return output;
    });
    const end = async (): Promise<void> => {
      const outputs: O[] = [];
      for (const part of await Promise.allSettled([here, ...elsewhere])) {
        if (part.status === 'rejected') this.#failure ??= { error: part.reason };
        else if (part.value !== null) outputs.push(part.value);
      }
      try {
        if (this.#failure === null) done(jobs, outputs);
      } catch (error) {
        this.#failure = { error };
      }
    };
    this.#ends.push(end());
  }
}
