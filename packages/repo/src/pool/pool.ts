import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { configureMalloc } from '@ost/linux';
import { type ErrorCode, OstError } from '@ost/objects';
import { nodeWorkerThreads } from '../platform/builtins.js';
import type { ErrorData, Request, Response, WorkerData } from './messages.js';
import { type Task, TaskContext } from './task.js';

/** Tasks that each worker has at hand, so that it never waits for the main thread. */
export const DEPTH = 3;

/** First argument of a worker, by which a bundled program knows without loading anything that it is one. */
export const WORKER_ARGUMENT = '--ost-worker';

/**
 * Room for young objects in a worker, in megabytes: a sixteenth of what V8 takes. Buffers are freed when it is full, and
 * those of files hold far more than their objects do.
 */
const YOUNG_MEGABYTES = 3;

/** Buffers of workers come and go: what they took goes back to the system. */
const MALLOC = { arenas: 1, ownMapping: 256 << 10, spare: 128 << 10 };

let workerEntry: URL | undefined;

/** Tells where workers start: a bundled program passes its own file, which then calls `runWorker`. */
export function setWorkerEntry(entry: URL): void {
  workerEntry = entry;
}

interface Pending {
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
}

interface Member {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
}

function revive(data: ErrorData): Error {
  if (data.ost) return new OstError(data.code as ErrorCode, data.message, { data: data.data ?? {} });
  return Object.assign(new Error(data.message), { code: data.code });
}

/**
 * A few worker threads that run tasks; synchronous file calls in a few threads are the fastest way to move many files.
 * Workers start when the first task comes and never keep the process alive while idle.
 */
export class WorkerPool {
  readonly #members: Member[] = [];
  #serial = 0;

  constructor(
    /** Number of threads. @default one for each processor but the first, at least one, three at most */
    readonly size: number = Math.max(1, Math.min(3, availableParallelism() - 1)),
  ) {}

  /**
   * Runs a task in the least busy worker. Rejects with the task's error, classes restored.
   * @param transfer buffers of the input that move instead of being copied; they are empty here afterwards
   */
  run<I, O>(task: Task<I, O>, input: I, transfer: readonly ArrayBuffer[] = []): Promise<O> {
    const member = this.#leastBusy();
    const id = this.#serial++;
    return new Promise<O>((resolve, reject) => {
      if (member.pending.size === 0) member.worker.ref();
      member.pending.set(id, { resolve: resolve, reject });
      const request: Request = { id, task: task.name, url: task.url, input };
      member.worker.postMessage(request, transfer);
    });
  }

  /** Starts the workers, for a caller who knows that there will be much to do. */
  start(): void {
    while (this.#members.length < this.size) this.#start().worker.unref();
  }

  /** True while all workers have enough to do: so many tasks each. */
  isFull(depth: number = DEPTH): boolean {
    return this.#members.length === this.size && this.#members.every((m) => m.pending.size >= depth);
  }

  /** Stops the workers; tasks under way are lost. */
  async close(): Promise<void> {
    await Promise.all(this.#members.splice(0).map((m) => m.worker.terminate()));
  }

  #leastBusy(): Member {
    const idle = this.#members.find((m) => m.pending.size === 0);
    if (idle !== undefined) return idle;
    if (this.#members.length < this.size) return this.#start();
    return this.#members.reduce((a, b) => (b.pending.size < a.pending.size ? b : a));
  }

  #start(): Member {
    if (this.#members.length === 0) configureMalloc(MALLOC);
    const workerData: WorkerData = { ostWorker: true };
    const worker = new (nodeWorkerThreads().Worker)(workerEntry ?? new URL('./worker-entry.js', import.meta.url), {
      workerData,
      argv: [WORKER_ARGUMENT],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    const member: Member = { worker, pending: new Map() };
    worker.on('message', (response: Response) => {
      const pending = member.pending.get(response.id);
      member.pending.delete(response.id);
      if (member.pending.size === 0) worker.unref();
      if (pending !== undefined) {
        if ('error' in response) pending.reject(revive(response.error));
        else pending.resolve(response.output as never);
      }
    });
    worker.on('error', (error) => this.#lost(member, error));
    worker.on('exit', () => this.#lost(member, new OstError('state', 'A worker thread ended early')));
    this.#members.push(member);
    return member;
  }

  #lost(member: Member, error: Error): void {
    const index = this.#members.indexOf(member);
    if (index !== -1) this.#members.splice(index, 1);
    for (const { reject } of member.pending.values()) reject(error);
    member.pending.clear();
  }
}

let shared: WorkerPool | undefined;

/** The process's one pool. */
export function sharedPool(): WorkerPool {
  shared ??= new WorkerPool();
  return shared;
}

const localContext = new TaskContext();

/** Runs a task in this thread: right for little work, since a worker takes tens of milliseconds to start. */
export async function runHere<I, O>(task: Task<I, O>, input: I): Promise<O> {
  const module = await task.load();
  return module.run(input, localContext);
}
