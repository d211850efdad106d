import * as fs from 'node:fs';
import { syncfs, syncfsInBackground } from '@ost/linux';
import { ioError } from '../platform/fs-errors.js';

/** Milliseconds from one flush to the next. */
const PAUSE = 2000;

/**
 * Flushes the file system of a directory. Left to itself the kernel keeps what a transaction writes in memory for half a
 * minute, and whoever flushes then waits for all of it, with idle processors. Once started, this one flushes from time
 * to time while others work, so that the last flush has little to do.
 */
export class WriteBehind {
  #fd: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;
  /** The kernel reports a failed write once, so that it is kept for the last flush. */
  #failure: Error | null = null;

  constructor(private readonly path: string) {}

  /** Begins to flush in the background. A process does not stay alive for it. */
  start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#flushOnce();
    }, PAUSE).unref();
  }

  async #flushOnce(): Promise<void> {
    try {
      await syncfsInBackground(this.#open());
    } catch (error) {
      this.#failure ??= ioError(error, 'syncfs');
    }
    this.#running = null;
    if (this.#stopped) this.#close();
    else this.start();
  }

  /**
   * The last flush: everything that has been written until now is on the disk.
   * @throws OstError when something could not be written, now or earlier
   */
  async flush(): Promise<void> {
    await this.#running;
    try {
      if (this.#failure === null) syncfs(this.#open());
    } catch (error) {
      this.#failure = ioError(error, 'syncfs');
    }
    this.stop();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Leaves the last flush to somebody else. One more begins, if there was any, while others get that far. */
  leave(): void {
    if (this.#fd !== null) this.#running ??= this.#flushOnce();
    this.stop();
  }

  /** Ends flushing. What is under way goes on, but nobody waits for it. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#running === null) this.#close();
  }

  #open(): number {
    this.#fd ??= fs.openSync(this.path, 'r');
    return this.#fd;
  }

  #close(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }
}
