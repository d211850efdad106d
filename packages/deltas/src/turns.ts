import { OstError } from '@ost/objects';

/** Time after which work that never waits lets the rest of the program have a turn. */
const TURN_MS = 4;

/** Throws an error with code `aborted` if the signal fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new OstError('aborted', 'Aborted', { cause: signal.reason });
}

/** Shares the thread: called between the steps of long work, it gives a turn away now and then. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #start: number = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** A promise to wait for if others should have a turn now. It is rejected if the signal fired. */
  take(): Promise<void> | undefined {
    return performance.now() - this.#start > TURN_MS ? this.#giveAway() : undefined;
  }

  async #giveAway(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(this.#signal);
    this.#start = performance.now();
  }
}
