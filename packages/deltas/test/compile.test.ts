import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompileEvent, CompileOptions, DeltaDestination } from '@ost/deltas';
import { applyOffline, openDelta, parseSuperblock, readPart, runDeltaJob, writeDelta } from '@ost/deltas';
import { codec, variant } from '@ost/gvariant';
import type { Checksum } from '@ost/objects';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { commitTree, copyCommit, objectsOf } from './support/memory-commit.js';
import { MemoryStore } from './support/memory-store.js';
import { nodeHash } from './support/ostree.js';
import { Random } from './support/random.js';
import { nextTree, randomTree, type Tree } from './support/tree.js';

const root = mkdtempSync(join(tmpdir(), 'ost-compile-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

function destination(): DeltaDestination & { readonly directory: string } {
  const directory = mkdtempSync(join(root, 'delta-'));
  const temporaryIn = join(directory, 'tmp');
  mkdirSync(temporaryIn);
  return { superblock: join(directory, 'out/superblock'), temporaryIn, directory: join(directory, 'out') };
}

type Options = Omit<CompileOptions, 'from' | 'to'>;

async function make(from: Checksum | null, to: Checksum, options: Options = {}, place = destination()) {
  const events: CompileEvent[] = [];
  const onProgress = (event: CompileEvent): void => void events.push(event);
  const compiled = await writeDelta(objectsOf(store), place, { hash: nodeHash, ...options, from, to, onProgress });
  expect(readdirSync(place.temporaryIn)).toEqual([]);
  return { ...compiled, events, place, delta: await openDelta(place.superblock, { hash: nodeHash }) };
}

/** Applies a delta to what its source has; answers what came out beside what should. */
async function expectApplies(from: Checksum | null, to: Checksum, delta: Awaited<ReturnType<typeof openDelta>>) {
  const target = from === null ? new MemoryStore() : copyCommit(store, from);
  await applyOffline(delta, target, { hash: nodeHash, expect: { from, to } });
  expectComplete(target, to);
}

function expectComplete(target: MemoryStore, to: Checksum): void {
  const wanted = copyCommit(store, to);
  for (const [key, bytes] of wanted.metadata) expect(same(target.metadata.get(key), bytes)).toBe(true);
  for (const [checksum, { header, content }] of wanted.files) {
    const got = target.files.get(checksum);
    expect(got?.header).toEqual(header);
    expect(same(got?.content, content)).toBe(true);
  }
}

const same = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.compare(a, b) === 0;

const file = (content: Uint8Array | string, mode = 0o644) => ({
  content: typeof content === 'string' ? new TextEncoder().encode(content) : content,
  mode,
});
const tree = (entries: Record<string, Uint8Array | string>): Tree =>
  new Map(Object.entries(entries).map(([path, content]) => [path, file(content)]));

describe('any two trees', () => {
  it('become a delta that leads from one to the other', async () => {
    const options = fc.record({
      inline: fc.boolean(),
      maxChunkSize: fc.constantFrom(0, 100_000, 32_000_000),
      maxBsdiffSize: fc.constantFrom(0, 1_000_000, 128_000_000),
      byteOrder: fc.constantFrom('little' as const, 'big' as const),
      minFallbackSize: fc.constant(0),
    });
    const property = fc.asyncProperty(fc.nat(), fc.boolean(), options, async (seed, empty, chosen) => {
      const random = new Random(seed);
      const first = randomTree(random, 12);
      first.delete('big/program');
      const from = commitTree(store, first);
      const to = commitTree(store, nextTree(random, first), from);
      const source = empty ? null : from;
      const { delta, stats, superblock } = await make(source, to, chosen);
      expect(delta.superblock).toMatchObject({ from: source, to, fallbacks: [] });
      expect(delta.superblock.byteOrder).toEqual({ order: chosen.byteOrder, heuristic: false });
      expect(delta.superblock.inlineParts.size).toBe(chosen.inline ? stats.parts : 0);
      expect(same(delta.bytes, superblock)).toBe(true);
      await expectApplies(source, to, delta);
    });
    await fc.assert(property, { numRuns: 12 });
  }, 120_000);
});

describe('what is made from what', () => {
  const random = new Random(5);
  const program = random.words(200_000);
  const edited = program.slice();
  for (let i = 0; i < edited.length; i += 1500) edited[i] = (edited[i] as number) ^ 0x55;
  const longer = Buffer.concat([program.subarray(0, 90_000), random.bytes(40), program.subarray(90_000)]);

  async function sizes(before: Tree, after: Tree, options: Options = {}) {
    const from = commitTree(store, before);
    const to = commitTree(store, after, from);
    const result = await make(from, to, { minFallbackSize: 0, ...options });
    await expectApplies(from, to, result.delta);
    return { ...result.stats, events: result.events, place: result.place, delta: result.delta, from, to };
  }

  it.each([
    ['the same path', 'usr/bin/program', 'usr/bin/program'],
    ['a library with a new version', 'usr/lib/libfoo.so.1.2', 'usr/lib/libfoo.so.1.3'],
    ['a versioned name', 'usr/lib/libfoo-2.36.so', 'usr/lib/libfoo-2.37.so'],
    ['a moved directory', 'lib/modules/6.1.0-1/fs/foo.ko', 'lib/modules/6.1.0-2/fs/foo.ko'],
    ['another name altogether', 'usr/bin/alpha', 'opt/omega'],
  ])('%s', async (_, before, after) => {
    const stats = await sizes(tree({ [before]: program, other: random.words(3000) }), tree({ [after]: edited }));
    expect(stats.bsdiff.objects).toBe(1);
    expect(stats.size).toBeLessThan(6000);
  });

  it('prefers the file that ends alike for longest', async () => {
    const decoys = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`lib/modules/6.1.0-1/other${i}/foo.ko`, random.words(200_000)]),
    );
    const before = tree({ ...decoys, 'lib/modules/6.1.0-1/fs/foo.ko': program });
    const stats = await sizes(before, tree({ 'lib/modules/6.1.0-2/fs/foo.ko': edited }));
    expect(stats.size).toBeLessThan(6000);
  });

  it('copies what was only moved within the file', async () => {
    const stats = await sizes(tree({ program }), tree({ program: longer }));
    expect(stats.rollsum).toEqual({ objects: 1, bytes: program.length });
    expect(stats.bsdiff.objects).toBe(0);
    expect(stats.size).toBeLessThan(700);
  });

  it('copies what a new first byte leaves alone, and files that are too large for bsdiff', async () => {
    const changed = edited.slice();
    changed.set(program.subarray(0, 100_000), 0);
    changed[0] = (changed[0] as number) ^ 1;
    const stats = await sizes(tree({ program }), tree({ program: changed }), { maxBsdiffSize: 1000 });
    expect(stats.rollsum.objects).toBe(1);
    expect(stats.rollsum.bytes).toBeGreaterThan(99_000);
  });

  it('does not read files that others may not, and stores what has nothing in common', async () => {
    const before: Tree = new Map([['secret', file(program, 0o640)]]);
    const hidden = await sizes(before, tree({ secret: edited }));
    expect([hidden.rollsum.objects, hidden.bsdiff.objects]).toEqual([0, 0]);
    const foreign = await sizes(tree({ data: random.bytes(50_000) }), tree({ data: random.bytes(50_000) }));
    expect([foreign.rollsum.objects, foreign.bsdiff.objects]).toEqual([0, 0]);
  });

  it('says what it does', async () => {
    const before = tree({ program, gone: 'x' });
    const { events } = await sizes(before, tree({ program: edited, 'new.txt': 'y' }));
    expect(events.map(({ type }) => type)).toEqual(['pairs', 'objects', 'compared', 'part']);
    expect(events[1]).toEqual({ type: 'objects', metadata: 2, regular: 2, symlinks: 0 });
  });

  it('leaves large new files to be fetched', async () => {
    const large = random.bytes(2_000_000);
    const from = commitTree(store, tree({ program }));
    const to = commitTree(store, tree({ large, program: longer }), from);
    const { delta, stats, events } = await make(from, to, { minFallbackSize: 1_000_000, byteOrder: 'big' });
    expect(delta.superblock.fallbacks).toMatchObject([{ type: 'file', size: 2_000_100, usize: 2_000_000 }]);
    expect(stats.fallbacks).toEqual({ objects: 1, size: 2_000_100 });
    expect(events.some(({ type }) => type === 'fallback')).toBe(true);
    await expect(expectApplies(from, to, delta)).rejects.toThrow('nonempty http fallback entries');
  });

  it('has one part without objects if there is nothing to do', async () => {
    const from = commitTree(store, tree({ program }));
    const to = commitTree(store, tree({ program }), from);
    const { delta } = await make(from, to);
    expect(delta.superblock.parts).toMatchObject([{ usize: 0, objects: { length: 0 } }]);
    await expectApplies(from, to, delta);
  });

  it('replaces a delta and its parts', async () => {
    const from = commitTree(store, tree({ program }));
    const to = commitTree(store, tree({ program: edited, a: 'a', b: 'b' }), from);
    const place = { ...destination(), owned: true };
    const first = await make(from, to, { maxChunkSize: 0 }, place);
    expect(readdirSync(place.directory)).toHaveLength(first.stats.parts + 1);
    expect(first.stats.parts).toBeGreaterThan(2);
    await make(from, to, {}, place);
    expect(readdirSync(place.directory).sort()).toEqual(['0', 'superblock']);
    for (const name of ['0', 'superblock']) expect(statSync(join(place.directory, name)).mode & 0o7777).toBe(0o644);
  });
});

describe('the superblock', () => {
  it('carries what it is given', async () => {
    const to = commitTree(store, tree({ file: 'content' }));
    const detachedMetadata = codec('a{sv}').encode([['note', variant('s', 'hello')]]);
    const { delta } = await make(null, to, {
      detachedMetadata,
      metadata: [['org.example.kind', variant('u', 7)]],
      timestamp: 1_234_567n,
      inline: true,
    });
    const { metadata, timestamp, detachedMetadata: detached } = delta.superblock;
    expect(metadata).toEqual([['org.example.kind', variant('u', 7)]]);
    expect(timestamp).toBe(1_234_567n);
    expect(same(detached ?? undefined, detachedMetadata)).toBe(true);
    await expectApplies(null, to, delta);
  });

  it('is wrapped with its signatures', async () => {
    const to = commitTree(store, tree({ file: 'content' }));
    const sign = async (bytes: Uint8Array) => new Map([['dummy', [Buffer.from(nodeHash.sha256(bytes), 'hex')]]]);
    const { delta } = await make(null, to, { sign });
    const { envelope } = delta.superblock;
    const [signature] = envelope?.signatures.get('dummy') ?? [];
    expect(Buffer.from(signature ?? []).toString('hex')).toBe(nodeHash.sha256(envelope?.signedData as Uint8Array));
    await expectApplies(null, to, delta);
  });
});

describe('failures', () => {
  it('leave nothing behind', async () => {
    const to = commitTree(store, tree({ file: 'content' }));
    const place = destination();
    store.files.clear();
    const making = writeDelta(objectsOf(store), place, { from: null, to, hash: nodeHash });
    await expect(making).rejects.toMatchObject({ code: 'not-found' });
    expect(readdirSync(place.temporaryIn)).toEqual([]);
    expect(() => readdirSync(place.directory)).toThrow('ENOENT');
  });

  it('of one worker stop the others', async () => {
    const to = commitTree(store, randomTree(new Random(1), 30));
    const objects = objectsOf(store);
    let running = 0;
    let jobs = 0;
    const workers = {
      concurrency: 2,
      run: async <J extends Parameters<typeof runDeltaJob>[0]>(job: J) => {
        if (++jobs === 3) throw new RangeError('no memory');
        running++;
        const result = await runDeltaJob(job, objects, nodeHash);
        running--;
        return result;
      },
    };
    const options = { from: null, to, hash: nodeHash, workers, maxChunkSize: 0 };
    await expect(writeDelta(objects, destination(), options)).rejects.toThrow(RangeError);
    expect(running).toBe(0);
    expect(jobs).toBeLessThan(6);
  });

  it('come from a signal, too', async () => {
    const to = commitTree(store, tree({ file: 'content' }));
    const making = writeDelta(objectsOf(store), destination(), { from: null, to, signal: AbortSignal.abort() });
    await expect(making).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('mutations of what the compiler makes', () => {
  it('are errors or do no harm', async () => {
    const random = new Random(11);
    const first = randomTree(random, 8);
    first.delete('big/program');
    const from = commitTree(store, first);
    const to = commitTree(store, nextTree(random, first), from);
    const { delta } = await make(from, to, { minFallbackSize: 0, inline: true });
    const part = delta.superblock.inlineParts.get(0)?.body as Uint8Array;
    const at = Buffer.from(delta.bytes).indexOf(part);
    const outside = fc.nat({ max: delta.bytes.length - part.length - 1 });
    const property = fc.asyncProperty(outside, fc.integer({ min: 1, max: 255 }), async (place, flip) => {
      const bytes = delta.bytes.slice();
      const position = place < at ? place : place + part.length;
      bytes[position] = (bytes[position] as number) ^ flip;
      const target = copyCommit(store, from);
      try {
        const superblock = parseSuperblock(bytes, { hash: nodeHash, offline: true });
        await applyOffline({ superblock, fetchPart: delta.fetchPart }, target, {
          hash: nodeHash,
          expect: { from, to },
        });
      } catch (error) {
        expect(error).toMatchObject({ name: 'OstError' });
        expect(target.hasObject('commit', to)).toBe(false);
        return;
      }
      expectComplete(target, to);
    });
    await fc.assert(property, { numRuns: 300 });
    expect((await readPart(delta.superblock, 0, delta.fetchPart)).blob.size).toBeGreaterThan(1000);
  }, 120_000);
});
