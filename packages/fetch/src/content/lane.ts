import type { Checksum } from '@ost/objects';
import { ObjectWriter } from '@ost/repo';
import { HttpClient } from '../http/client.js';
import { HttpSource } from '../source/http-source.js';
import { ContentFetcher } from './content-fetcher.js';
import { LANE_COUNTERS, type LaneConfig } from './lane-messages.js';

/** Below so many waiting objects, a lane asks for more. */
const LOW_WATER = 32;

/** Fetches content objects in one thread, so many at a time as it has connections. */
export class Lane {
  readonly writer: ObjectWriter;
  readonly #client: HttpClient;
  readonly #fetcher: ContentFetcher;
  readonly #counters: BigInt64Array;
  readonly #timer: NodeJS.Timeout;
  #queue: Checksum[] = [];
  #next = 0;
  #running = 0;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;

  constructor(config: LaneConfig) {
    this.writer = new ObjectWriter(config.target);
    this.#client = new HttpClient(config.http);
    const source = new HttpSource(
      this.#client,
      config.urls.map((url) => new URL(url)),
    );
    this.#fetcher = new ContentFetcher(source, this.writer, config.policy, this.#client);
    this.#counters = new BigInt64Array(config.counters);
    this.#timer = setInterval(() => this.#report(), 200).unref();
  }

  /** Adds objects. */
  add(jobs: readonly Checksum[]): void {
    this.#queue = this.#next === this.#queue.length ? [...jobs] : [...this.#queue.slice(this.#next), ...jobs];
    this.#next = 0;
    this.#fill();
  }

  /**
   * Waits until no more than a few objects are left.
   * @throws what fetching one of them failed with
   */
  async wait(flush: boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure.error;
      const waiting = this.#queue.length - this.#next;
      if (flush ? waiting + this.#running === 0 : waiting < LOW_WATER) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Drops the connections. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#report();
    await this.#client.close();
  }

  #fill(): void {
    const { connections } = this.#client.settings;
    while (this.#failure === null && this.#running < connections && this.#next < this.#queue.length) {
      const checksum = this.#queue[this.#next++] as Checksum;
      this.#running++;
      void this.#one(checksum);
    }
  }

  async #one(checksum: Checksum): Promise<void> {
    try {
      await this.#fetcher.fetch(checksum);
      Atomics.add(this.#counters, LANE_COUNTERS.fetched, 1n);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#running--;
    this.#fill();
    this.#wake?.();
  }

  #report(): void {
    Atomics.store(this.#counters, LANE_COUNTERS.bytes, BigInt(this.#client.bytesReceived));
  }
}
