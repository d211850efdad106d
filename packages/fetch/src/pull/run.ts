import { isOstError, OstError } from '@ost/objects';

/** The one failure that ends a pull, and what has to be stopped then. */
export class Run {
  #failure: { readonly error: unknown } | null = null;
  readonly #stop: ((error: Error) => void)[] = [];

  /** Calls `stop` when the run fails. */
  onFailure(stop: (error: Error) => void): void {
    this.#stop.push(stop);
  }

  /** True once anything failed. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  /** Ends the run; only the first error counts. */
  fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    const aborted = new OstError('aborted', 'The pull failed', { cause: error });
    for (const stop of this.#stop) stop(aborted);
  }

  /** Throws what the run failed with. */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Lets an AbortSignal end the run. Returns what undoes that. */
  bind(signal: AbortSignal | undefined): () => void {
    if (signal === undefined) return () => undefined;
    const abort = (): void => {
      const { reason } = signal as { reason: unknown };
      this.fail(isOstError(reason) ? reason : new OstError('aborted', 'Operation was cancelled', { cause: reason }));
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  }
}

/** Jobs that may start further jobs; done when none is left. */
export class TaskGroup {
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(private readonly run: Run) {}

  /** Starts a job; its failure is the run's. Nothing starts once the run has failed. */
  start(job: () => Promise<void>): void {
    if (this.run.failed) return;
    this.#running++;
    job()
      .catch((error: unknown) => this.run.fail(error))
      .finally(() => {
        this.#running--;
        if (this.#running === 0) for (const wake of this.#waiting.splice(0)) wake();
      });
  }

  /** Resolves when no job is left, whether the run failed or not. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
