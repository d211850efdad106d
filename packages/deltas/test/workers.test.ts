import {
  type ApplyPartJob,
  applyDelta,
  encodeXz,
  parseSuperblock,
  type PartWorkers,
  type ReadPartOptions,
  runApplyPartJob,
  XZ_BACKENDS,
  type XzBackend,
} from '@ost/deltas';
import { OstError } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { buildSuperblock, fileChecksum, ops, plainPart } from './support/builder.js';
import { MemoryStore } from './support/memory-store.js';
import { nodeHash } from './support/ostree.js';
import { Random } from './support/random.js';

const random = new Random(5);

/** Six parts of one file each, together large enough for threads. */
const contents = Array.from({ length: 6 }, (_, i) => random.bytes(1_500_000 + i));
const parts = contents.map((blob) => ({
  bytes: plainPart({ blob, operations: ops('S', 0, 0, blob.length, 0) }),
  objects: [[1, fileChecksum(blob)]] as const,
  usize: blob.length,
}));
const delta = parseSuperblock(buildSuperblock({ parts }), { hash: nodeHash });
const fetchPart = (index: number): Uint8Array => parts[index]?.bytes as Uint8Array;
const options = { hash: nodeHash };

/** Workers that get what a thread would get: a copy. */
function copyingWorkers(
  store: MemoryStore,
  concurrency = 2,
  more: ReadPartOptions = {},
): PartWorkers & { jobs: ApplyPartJob[]; busy: number } {
  const workers = {
    concurrency,
    jobs: [] as ApplyPartJob[],
    busy: 0,
    async apply(job: ApplyPartJob) {
      const copy = structuredClone(job);
      workers.jobs.push(copy);
      expect(++workers.busy).toBeLessThanOrEqual(concurrency);
      await new Promise((resolve) => setImmediate(resolve));
      try {
        return await runApplyPartJob(copy, store, { ...options, ...more });
      } finally {
        workers.busy--;
      }
    },
  };
  return workers;
}

const portable = XZ_BACKENDS.find(({ name }) => name === 'portable') as XzBackend;

/** The same parts, compressed, and a decoder that tells how many of its kind were at work at once. */
async function compressed() {
  const packed = await Promise.all(
    parts.map(async (part) => {
      const bytes = Uint8Array.from([0x78, ...(await encodeXz(part.bytes.subarray(1), { preset: 0 }))]);
      return { ...part, bytes };
    }),
  );
  const decoder = {
    ...portable,
    busy: 0,
    most: 0,
    async decode(...args: Parameters<XzBackend['decode']>) {
      decoder.most = Math.max(decoder.most, ++decoder.busy);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await portable.decode(...args).finally(() => decoder.busy--);
    },
  };
  const sizes = packed.map(({ bytes }) => bytes.length);
  const delta = parseSuperblock(buildSuperblock({ parts: packed }), { hash: nodeHash });
  return { delta, decoder, sizes, fetchPart: (index: number) => packed[index]?.bytes as Uint8Array };
}

describe('parts applied by workers', () => {
  it('give the same objects, and this thread takes its share', async () => {
    const store = new MemoryStore();
    const workers = copyingWorkers(store);
    const result = await applyDelta(delta, fetchPart, store, { ...options, workers });
    expect(result).toMatchObject({ applied: 6, skipped: 0, content: 6 });
    expect([...store.files.keys()].sort()).toEqual(contents.map((blob) => fileChecksum(blob)).sort());
    expect(workers.jobs.length).toBeGreaterThan(0);
    expect(workers.jobs.length).toBeLessThan(6);
    for (const { bytes, header } of workers.jobs) {
      expect(bytes.buffer.byteLength).toBe(bytes.length);
      expect(header.objects.buffer.byteLength).toBe(33);
    }
  });

  it('are not asked for what is stored, nor for small deltas', async () => {
    const store = new MemoryStore();
    const workers = copyingWorkers(store);
    await applyDelta(delta, fetchPart, store, options);
    expect(await applyDelta(delta, fetchPart, store, { ...options, workers })).toMatchObject({
      applied: 0,
      skipped: 6,
    });
    const small = parseSuperblock(buildSuperblock({ parts: parts.slice(0, 2) }), { hash: nodeHash });
    await applyDelta(small, fetchPart, new MemoryStore(), { ...options, workers });
    expect(workers.jobs).toEqual([]);
  });

  it('end before the whole does, when one of them fails', async () => {
    const store = new MemoryStore();
    const workers = copyingWorkers(store);
    let jobs = 0;
    const failing: PartWorkers = {
      concurrency: 2,
      apply: (job) => (++jobs === 2 ? Promise.reject(new OstError('io', 'No luck')) : workers.apply(job)),
    };
    const applying = applyDelta(delta, fetchPart, store, { ...options, workers: failing });
    await expect(applying).rejects.toThrow(/^Executing delta part \d: No luck$/);
    expect(workers.busy).toBe(0);
    const { length } = store.log;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.log).toHaveLength(length);
  });

  it.each([
    [1, 1],
    [2, 2],
    [0, 1],
  ])('are decompressed %i at a time', async (decoders, most) => {
    const { delta, decoder, fetchPart } = await compressed();
    const store = new MemoryStore();
    const xz = [decoder];
    const all = { ...options, xz, limits: { decoders } };
    const result = await applyDelta(delta, fetchPart, store, { ...all, workers: copyingWorkers(store, 3, { xz }) });
    expect(result).toMatchObject({ applied: 6, content: 6 });
    expect(decoder.most).toBe(most);
  });

  it('give the decoder to others when it fails', async () => {
    const { delta, decoder, fetchPart } = await compressed();
    const store = new MemoryStore();
    const failing = { ...decoder, decode: () => Promise.reject(new OstError('io', 'No luck')) };
    const workers = copyingWorkers(store, 2, { xz: [failing] });
    const applying = applyDelta(delta, fetchPart, store, {
      ...options,
      xz: [decoder],
      workers,
      limits: { decoders: 1 },
    });
    await expect(applying).rejects.toThrow(/No luck$/);
    expect([workers.busy, decoder.busy]).toEqual([0, 0]);
  });

  it('do not wait for a decoder that was lost with its thread', async () => {
    const { delta, fetchPart } = await compressed();
    const store = new MemoryStore();
    const workers = copyingWorkers(store, 2);
    const lost: PartWorkers = {
      concurrency: 2,
      async apply(job) {
        // Nobody gives back what this takes.
        if (Atomics.exchange(new BigInt64Array(job.memory), 1, 0n) === 0n) return workers.apply(job);
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new OstError('io', 'The thread is gone');
      },
    };
    const applying = applyDelta(delta, fetchPart, store, { ...options, workers: lost });
    await expect(applying).rejects.toThrow(/The thread is gone$/);
  });

  it('wait as they are stored only as far as there is room, and one alone whatever it takes', async () => {
    const { delta, decoder, sizes, fetchPart } = await compressed();
    for (const room of [0, 2 * Math.max(...sizes)]) {
      const store = new MemoryStore({ scratch: true });
      let waiting = 0;
      let most = 0;
      const xz = [
        {
          ...decoder,
          async decode(...args: Parameters<XzBackend['decode']>) {
            await decoder.decode(...args);
            waiting--;
          },
        },
      ];
      await applyDelta(
        delta,
        (index) => {
          most = Math.max(most, ++waiting);
          return fetchPart(index);
        },
        store,
        {
          ...options,
          xz,
          workers: copyingWorkers(store, 3, { xz }),
          limits: { aheadSize: room + 32 * 1024 * 1024, decoders: 1 },
        },
      );
      expect(most).toBe(room === 0 ? 1 : 2);
      expect(store.files.size).toBe(6);
    }
  });

  it('stay within the memory that parts may take', async () => {
    const store = new MemoryStore();
    let inMemory = 0;
    await applyDelta(
      delta,
      (index) => {
        expect(++inMemory).toBeLessThanOrEqual(2);
        return fetchPart(index);
      },
      store,
      {
        ...options,
        workers: copyingWorkers(store, 4),
        limits: { aheadSize: 6_100_000 },
        onProgress: ({ type }) => {
          if (type === 'part-applied') inMemory--;
        },
      },
    );
    expect(store.files.size).toBe(6);
  });
});
