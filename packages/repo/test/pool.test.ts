import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isOstError } from '@ost/objects';
import {
  BatchRunner,
  checkout,
  fsck,
  pullLocal,
  setWorkerEntry,
  type SharedJobs,
  SharedRun,
  type Task,
  WorkerPool,
} from '@ost/repo';
import { listing } from './support/listing.js';
import { canonical, commitDir, freshRepo } from './support/repos.js';
import { failure, keptScratch, scratch } from './support/scratch.js';
import { makeTree, noise } from './support/tree.js';

let dir: string;
let task: Task<{ readonly what: string; readonly value?: number }, unknown>;

beforeAll(() => {
  dir = keptScratch();
  const file = join(dir, 'task.mjs');
  const objects = import.meta.resolve('@ost/objects');
  fs.writeFileSync(
    file,
    `import { OstError } from ${JSON.stringify(objects)};
     import { setTimeout as sleep } from 'node:timers/promises';
     let running = 0;
     export async function run({ what, value }, context) {
       if (what === 'ost') throw new OstError('corrupt', 'bad bytes', { data: { value } });
       if (what === 'system') throw Object.assign(new Error('no such thing'), { code: 'ENOENT' });
       if (what === 'exit') process.exit(3);
       if (what === 'count') return context.once('counter', '', () => ({ n: 0 })).n++;
       running++;
       await sleep(value % 3);
       const most = running--;
       return { value, most };
     }`,
  );
  const url = pathToFileURL(file).href;
  task = { name: 'test/task', url, load: () => import(/* @vite-ignore */ url) };
});

afterAll(() => fs.rmSync(dir, { recursive: true }));

describe('a worker pool', () => {
  it('keeps class, code and data of errors', async () => {
    const pool = new WorkerPool(1);
    const error = await failure(pool.run(task, { what: 'ost', value: 7 }));
    expect(isOstError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'corrupt', message: 'bad bytes', data: { value: 7 } });
    const system = await failure(pool.run(task, { what: 'system' }));
    expect(isOstError(system)).toBe(false);
    expect(system).toMatchObject({ code: 'ENOENT', message: 'no such thing' });
    await pool.close();
  });

  it('runs one task at a time in each thread, and lets tasks keep state', async () => {
    const pool = new WorkerPool(1);
    const outputs = await Promise.all([...Array(9).keys()].map((value) => pool.run(task, { what: 'echo', value })));
    expect(outputs).toEqual([...Array(9).keys()].map((value) => ({ value, most: 1 })));
    expect(await pool.run(task, { what: 'count' })).toBe(0);
    expect(await pool.run(task, { what: 'count' })).toBe(1);
    await pool.close();
  });

  it('survives a thread that ends', async () => {
    const pool = new WorkerPool(2);
    expect(await failure(pool.run(task, { what: 'exit' }))).toMatchObject({ code: 'state' });
    expect(await pool.run(task, { what: 'echo', value: 1 })).toMatchObject({ value: 1 });
    await pool.close();
  });
});

it('a bundled program serves its workers from its own table', async () => {
  const entry = join(dir, 'bundle.mjs');
  fs.writeFileSync(
    entry,
    `import { runWorker } from ${JSON.stringify(import.meta.resolve('@ost/repo'))};
     runWorker({ 'test/task': { load: async () => ({ run: ({ value }) => value + 1 }) } });`,
  );
  setWorkerEntry(pathToFileURL(entry));
  const pool = new WorkerPool(1);
  expect(await pool.run({ ...task, url: 'file:///nowhere.mjs' }, { what: 'add', value: 1 })).toBe(2);
  await pool.close();
  setWorkerEntry(new URL('pool/worker-entry.js', import.meta.resolve('@ost/repo')));
});

describe('a shared run', () => {
  interface Input {
    readonly shared: SharedJobs<number>;
    readonly counter: Int32Array;
  }
  interface Output {
    readonly taken: readonly number[];
    readonly main: boolean;
  }

  /** Runs `count` jobs in lists of five. What a thread does with a job is the body of a function. */
  async function run(count: number, body: string, signal?: AbortSignal): Promise<(Output & { list: number[] })[]> {
    const file = join(dir, `shared-${body.length}.mjs`);
    fs.writeFileSync(
      file,
      `import { isMainThread as main } from 'node:worker_threads';
       import { setTimeout as sleep } from 'node:timers/promises';
       import { takeJobs } from ${JSON.stringify(import.meta.resolve('@ost/repo'))};
       export async function run({ shared, counter }) {
         const taken = [];
         for (const job of takeJobs(shared)) { ${body}; taken.push(job); }
         return { taken, main };
       }`,
    );
    const url = pathToFileURL(file).href;
    const pool = new WorkerPool(2);
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const outputs: (Output & { list: number[] })[] = [];
    let next = 0;
    const shared = new SharedRun<number, Input, Output>({
      pool,
      task: { name: `test/shared-${body.length}`, url, load: () => import(/* @vite-ignore */ url) },
      next: () => Array.from({ length: Math.min(5, count - next) }, () => next++),
      input: (jobs) => ({ shared: jobs, counter }),
      done: (list, answers) => outputs.push(...answers.map((answer) => ({ ...answer, list: [...list] }))),
      signal,
    });
    try {
      await shared.run();
    } finally {
      const before = Atomics.load(counter, 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(Atomics.load(counter, 0)).toBe(before);
      await pool.close();
    }
    return outputs;
  }

  it.each([0, 1, 5, 12, 1000])('has each of %i jobs done once, by all threads', async (count) => {
    const outputs = await run(count, 'await sleep(0)');
    expect(outputs.flatMap(({ taken }) => taken).sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
    for (const { list, taken } of outputs) for (const job of taken) expect(list).toContain(job);
    expect(outputs).toHaveLength(3 * Math.ceil(count / 5));
    if (count === 1000)
      expect(new Set(outputs.filter(({ taken }) => taken.length > 0).map(({ main }) => main)).size).toBe(2);
  });

  it('goes on in the other threads while this one is at something large', async () => {
    const body = 'if (!main) Atomics.add(counter, 0, 1); else while (Atomics.load(counter, 0) < 60) await sleep(1)';
    expect((await run(200, body)).flatMap(({ taken }) => taken)).toHaveLength(200);
  });

  it('stops at the first error, and with its signal', async () => {
    const count = 'Atomics.add(counter, 0, 1); await sleep(1)';
    for (const where of ['main', '!main']) {
      const body = `${count}; if (${where} && job > 20) throw new Error('no ' + ${where})`;
      expect(await failure(run(10_000, body))).toMatchObject({ message: 'no true' });
    }
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    expect((await failure(run(100_000, `${count};`, controller.signal))).name).toBe('AbortError');
  });
});

describe('a batch runner', () => {
  const collect = async (count: number, size: number, signal?: AbortSignal): Promise<number[][]> => {
    const batches: number[][] = [];
    const runner = new BatchRunner<number, { what: string; value: number }, unknown>({
      task,
      input: (jobs) => ({ what: 'echo', value: jobs[0] as number }),
      done: (jobs) => batches.push([...jobs]),
      signal,
    });
    try {
      for (let i = 0; i < count; i++) {
        runner.push(i, size);
        await runner.drain();
      }
      await runner.finish();
    } finally {
      await runner.settle();
    }
    return batches;
  };

  it.each([
    [0, 1],
    [1, 1],
    [255, 1],
    [256, 1],
    [257, 1],
    [4000, 1],
    [20, 4 << 20],
  ])('hands on each of %i jobs once, in order within a batch', async (count, size) => {
    const batches = await collect(count, size);
    expect(batches.flat().sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
    for (const batch of batches) expect(batch).toEqual([...batch].sort((a, b) => a - b));
  });

  it('gives the threads more while a portion of its own takes long', async () => {
    const file = join(dir, 'long.mjs');
    // What this thread gets is not done before a worker has done far more than one is given ahead.
    fs.writeFileSync(
      file,
      `import { isMainThread } from 'node:worker_threads';
       import { setTimeout as sleep } from 'node:timers/promises';
       export async function run({ counter }) {
         if (!isMainThread) Atomics.add(counter, 0, 1);
         else while (Atomics.load(counter, 0) < 12) await sleep(1);
       }`,
    );
    const url = pathToFileURL(file).href;
    const counter = new Int32Array(new SharedArrayBuffer(4));
    let done = 0;
    const runner = new BatchRunner<number, { counter: Int32Array }, unknown>({
      task: { name: 'test/long', url, load: () => import(/* @vite-ignore */ url) },
      input: () => ({ counter }),
      done: (jobs) => {
        done += jobs.length;
      },
    });
    for (let i = 0; i < 4000; i++) runner.push(i, 0);
    await runner.finish();
    expect(done).toBe(4000);
    expect(counter[0]).toBeGreaterThanOrEqual(12);
  });

  it('stops with its signal, and at the first error', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    expect((await failure(collect(1_000_000, 1 << 20, controller.signal))).name).toBe('AbortError');
    const runner = new BatchRunner<number, { what: string }, unknown>({
      task,
      input: () => ({ what: 'ost' }),
      done: () => undefined,
    });
    for (let i = 0; i < 2000; i++) runner.push(i, 1);
    expect(await failure(runner.finish())).toMatchObject({ code: 'corrupt' });
    await runner.settle();
  });
});

it.each(['archive', 'bare-user'])('large trees go through the workers of a %s repository', async (mode) => {
  const tree = makeTree(join(scratch(), 'tree'), { plain: true, many: 1600, large: true });
  fs.writeFileSync(join(tree, 'huge'), noise(10 << 20, 7));
  const repo = await freshRepo(mode);
  const { checksum, stats } = await commitDir(repo, tree, { modifier: canonical });
  expect(stats.contentBytesWritten).toBeGreaterThan(18 << 20);
  expect(await fsck(repo)).toMatchObject({ corrupt: false });
  const out = join(scratch(), 'out');
  await checkout(repo, checksum, out, { userMode: true, forceCopy: true });
  expect(listing(out)).toEqual(listing(tree));
  const other = await freshRepo('bare-user-only');
  await pullLocal(other, repo, { disableVerifyBindings: true });
  expect(await fsck(other)).toMatchObject({ corrupt: false });
  const controller = new AbortController();
  const fresh = await freshRepo('bare-user-only');
  const onProgress = (): void => controller.abort();
  expect((await failure(pullLocal(fresh, repo, { signal: controller.signal, onProgress }))).name).toBe('AbortError');
  expect(fresh.transaction).toBeNull();
  expect(fresh.listRefs()).toEqual([]);
});
