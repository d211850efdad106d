import { randomUUID } from 'node:crypto';
import type { Checksum } from '@ost/objects';
import { type ObjectWriter, WorkerPool, type WriteStats } from '@ost/repo';
import type { HttpClient } from '../http/client.js';
import { FETCH_LIMITS } from '../limits.js';
import type { Run, TaskGroup } from '../pull/run.js';
import type { ContentFetcher } from './content-fetcher.js';
import type { ContentPolicy } from './content-policy.js';
import { LANE_COUNTERS, type LaneConfig, type LaneInput } from './lane-messages.js';
import { fetchContentTask } from './tasks.js';

const PORTION = 128;
/** Objects that make it worth waking an idle worker. */
const ENOUGH = 16;

/** Options of {@link ContentStage}. */
export interface ContentStageOptions {
  readonly run: Run;
  readonly group: TaskGroup;
  readonly fetcher: ContentFetcher;
  readonly writer: ObjectWriter;
  readonly policy: ContentPolicy;
  readonly client: HttpClient;
  /** Servers that worker threads may ask; null when only this thread can fetch. */
  readonly urls: readonly string[] | null;
  readonly workers: number;
}

interface WorkerLane {
  readonly pool: WorkerPool;
  readonly config: LaneConfig;
  readonly counters: BigInt64Array;
  stats: WriteStats | null;
}

/**
 * Fetches the content objects that a pull finds missing: in this thread, and from some hundreds of objects on in worker
 * threads as well. Each worker has its own connections and fetches, unpacks, verifies and writes by itself.
 */
export class ContentStage {
  requested = 0;
  #fetchedHere = 0;
  #pending: Checksum[] = [];
  #runningHere = 0;
  /** Connections of this thread. */
  #connections: number;
  #lanes: WorkerLane[] = [];
  #finishing = false;
  #wake: (() => void)[] = [];

  constructor(private readonly options: ContentStageOptions) {
    this.#connections = options.client.settings.connections;
    options.run.onFailure(() => this.#wakeAll());
  }

  /** Objects that are stored. */
  get fetched(): number {
    return this.#lanes.reduce((n, l) => n + Number(Atomics.load(l.counters, LANE_COUNTERS.fetched)), this.#fetchedHere);
  }

  /** Bytes that the worker threads received. */
  get bytesReceived(): number {
    return this.#lanes.reduce((n, l) => n + Number(Atomics.load(l.counters, LANE_COUNTERS.bytes)), 0);
  }

  /** What the worker threads wrote. */
  get workerStats(): readonly WriteStats[] {
    return this.#lanes.flatMap((lane) => lane.stats ?? []);
  }

  /** Adds an object. */
  add(checksum: Checksum): void {
    this.requested++;
    this.#pending.push(checksum);
    const { urls, workers } = this.options;
    if (this.#lanes.length > 0) {
      if (this.#pending.length >= ENOUGH) this.#wakeAll();
    } else if (urls !== null && workers > 0 && this.requested >= FETCH_LIMITS.workerObjects) {
      this.#startLanes(urls, workers);
    }
    this.#fillHere();
  }

  /** Says that there will be no more objects; the group is idle once all are stored. */
  finish(): void {
    this.#finishing = true;
    this.#wakeAll();
    this.#fillHere();
  }

  /** Stops the worker threads. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.pool.close()));
  }

  #fillHere(): void {
    const { group, fetcher, run } = this.options;
    // While there are trees to read, half of the connections are theirs: they keep the workers busy.
    const connections = this.#finishing ? this.#connections : Math.ceil(this.#connections / 2);
    while (!run.failed && this.#runningHere < connections && this.#pending.length > 0) {
      const checksum = this.#pending.pop() as Checksum;
      this.#runningHere++;
      group.start(async () => {
        try {
          await fetcher.fetch(checksum);
          this.#fetchedHere++;
        } finally {
          this.#runningHere--;
        }
        this.#fillHere();
      });
    }
  }

  #startLanes(urls: readonly string[], workers: number): void {
    const { writer, policy, client, group } = this.options;
    const id = randomUUID();
    const connections = Math.floor(this.#connections / (workers + 1));
    const http = { ...client.settings, connections };
    this.#connections -= connections * workers;
    client.cede(connections * workers);
    for (let i = 0; i < workers; i++) {
      const counters = new SharedArrayBuffer(8 * LANE_COUNTERS.count);
      const config: LaneConfig = { id, urls, http, target: writer.target, policy, counters };
      const lane: WorkerLane = { pool: new WorkerPool(1), config, counters: new BigInt64Array(counters), stats: null };
      this.#lanes.push(lane);
      group.start(() => this.#feed(lane));
    }
  }

  async #feed(lane: WorkerLane): Promise<void> {
    const { run } = this.options;
    while (!run.failed) {
      const jobs = this.#pending.splice(0, PORTION);
      if (jobs.length > 0) await this.#send(lane, jobs, false);
      else if (this.#finishing) {
        await this.#send(lane, [], true);
        return;
      } else await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async #send(lane: WorkerLane, jobs: readonly Checksum[], flush: boolean): Promise<void> {
    const input: LaneInput = { config: lane.config, jobs, flush };
    const { run } = this.options;
    // A failed run does not wait for its workers; `close` ends them.
    const failed = new Promise<null>((resolve) => run.onFailure(() => resolve(null)));
    const output = await Promise.race([lane.pool.run(fetchContentTask, input), failed]);
    if (output !== null) lane.stats = output.stats;
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
