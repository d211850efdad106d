import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplyDeltaOptions } from '@ost/deltas';
import {
  applyDelta,
  applyOffline,
  deltaTotals,
  describePart,
  listDeltaIndexes,
  listDeltas,
  openDelta,
  parseDeltaIndex,
  readPart,
} from '@ost/deltas';
import type { Checksum } from '@ost/objects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryStore } from './support/memory-store.js';
import { hasOstree, nodeHash, OstreeRepo } from './support/ostree.js';
import { Random } from './support/random.js';
import { nextTree, randomTree } from './support/tree.js';

const options: ApplyDeltaOptions = { hash: nodeHash };

function expectSame(actual: MemoryStore, expected: MemoryStore): void {
  expectSameBytes(actual.metadata, expected.metadata);
  expectSameBytes(actual.detached, expected.detached);
  const contents = (store: MemoryStore) =>
    new Map([...store.files].map(([checksum, { content }]) => [checksum, content]));
  expectSameBytes(contents(actual), contents(expected));
  for (const [checksum, { header }] of expected.files) expect(actual.files.get(checksum)?.header).toEqual(header);
}

function expectSameBytes(actual: Map<string, Uint8Array>, expected: Map<string, Uint8Array>): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, bytes] of expected) expect(Buffer.compare(actual.get(key) as Uint8Array, bytes)).toBe(0);
}

describe.skipIf(!hasOstree)('deltas of the real ostree', () => {
  const seed = Number(process.env['SEED'] ?? 7);
  let repo: OstreeRepo;
  let from: Checksum;
  let to: Checksum;
  let before: Set<string>;
  let after: Set<string>;

  beforeAll(() => {
    const random = new Random(seed);
    repo = new OstreeRepo();
    const tree = randomTree(random, 60);
    from = repo.commit(tree);
    before = repo.objects();
    to = repo.commit(nextTree(random, tree), '--add-detached-metadata-string=note=hello', '--add-metadata-string=k=v');
    after = repo.objects();
  }, 60_000);
  afterAll(() => repo?.remove());

  const variants: readonly (readonly [string, readonly string[]])[] = [
    ['as it comes', []],
    ['inline', ['--inline']],
    ['without bsdiff', ['--disable-bsdiff']],
    ['one object per part', ['--max-chunk-size=0']],
    ['in small parts, inline', ['--max-chunk-size=1', '--inline']],
    ['in the other byte order', ['--swap-endianness']],
    ['in the other byte order, inline', ['--swap-endianness', '--inline']],
    ['explicitly little', ['--set-endianness=l']],
  ];
  for (const [name, args] of variants) {
    for (const async of [false, true]) {
      it(`applies ${name} with ${async ? 'an asynchronous' : 'a synchronous'} store`, async () => {
        const file = repo.generate(`--from=${from}`, `--to=${to}`, '--min-fallback-size=0', ...args);
        const store = repo.store(before, { async });
        const delta = await openDelta(file);
        expect(delta.superblock).toMatchObject({ from, to, fallbacks: [] });
        const result = await applyOffline(delta, store, { ...options, expect: { from, to } });
        expectSame(store, repo.store(after));
        expect(store.log.at(-1)).toBe('commit');
        expect(store.openSources).toBe(0);
        expect(result.present).toBe(0);
        expect(result.bytes).toBe(deltaTotals(delta.superblock).parts.usize);
        expect(new TextDecoder().decode(store.detached.get(to))).toContain('hello');
        const again = await applyOffline(delta, store, options);
        expect(again).toMatchObject({ applied: 0, skipped: delta.superblock.parts.length });
      }, 60_000);
    }
  }

  it('applies a delta from scratch', async () => {
    const file = repo.generate('--empty', `--to=${to}`, '--min-fallback-size=0', '--max-chunk-size=1');
    const delta = await openDelta(file);
    expect(delta.superblock.from).toBeNull();
    const store = repo.store([]);
    await applyOffline(delta, store, { ...options, expect: { from: null, to }, ahead: 3 });
    for (const checksum of repo.store(before).metadata.keys()) if (checksum.endsWith('.commit')) after.delete(checksum);
    const wanted = repo.run('ls', '-R', '-C', to);
    for (const checksum of store.files.keys()) expect(wanted).toContain(checksum);
    expect(store.hasObject('commit', to)).toBe(true);
    after = repo.objects();
  }, 60_000);

  it('passes over objects that are stored already', async () => {
    const file = repo.generate(`--from=${from}`, `--to=${to}`, '--min-fallback-size=0');
    const { superblock, fetchPart } = await openDelta(file);
    const added = [...after].filter((name) => !before.has(name) && !name.includes('.commit'));
    const store = repo.store([...before, ...added.filter((_, i) => i % 2 === 0)]);
    const result = await applyOffline({ superblock, fetchPart }, store, options);
    expect(result.present).toBeGreaterThan(3);
    expect(result.present + result.metadata + result.content).toBe(superblock.parts[0]?.objects.length);
    expectSame(store, repo.store(after));
  });

  it('carries extended attributes', async (context) => {
    const directory = mkdtempSync(join(repo.root, 'xattrs-'));
    const file = join(directory, 'file');
    writeFileSync(file, 'content');
    const set = spawnSync('setfattr', ['-n', 'user.ost', '-v', '0x00ff01', file]);
    if (set.status !== 0) context.skip('no extended attributes here');
    const known = repo.objects();
    const commit = repo.commitDirectory(directory);
    const delta = await openDelta(repo.generate('--empty', `--to=${commit}`));
    const store = repo.store([]);
    await applyOffline(delta, store, options);
    const expected = repo.store([...repo.objects()].filter((name) => !known.has(name)));
    for (const [checksum, { header }] of expected.files) {
      expect(header.xattrs.map(({ value }) => [...value])).toContainEqual([0, 255, 1]);
      expect(store.files.get(checksum)?.header).toEqual(header);
    }
    expect(expected.files.size).toBe(1);
  });

  it('names the fallbacks and refuses them offline', async () => {
    const file = repo.generate('--empty', `--to=${to}`, '--min-fallback-size=1', '--swap-endianness');
    const { superblock, fetchPart } = await openDelta(file);
    expect(superblock.fallbacks).toHaveLength(1);
    expect(superblock.fallbacks[0]?.usize).toBeGreaterThan(1_000_000);
    expect(superblock.byteOrder).toEqual({ order: 'big', heuristic: false });
    const store = repo.store([]);
    await expect(applyOffline({ superblock, fetchPart }, store, options)).rejects.toThrow(
      'Cannot execute delta offline: contains nonempty http fallback entries',
    );
    expect(store.metadata.size).toBe(0);
    await applyDelta(superblock, fetchPart, store, options);
    expect(store.files.has(superblock.fallbacks[0]?.checksum as Checksum)).toBe(false);
  });

  it('describes parts as static-delta show does', async () => {
    repo.run('static-delta', 'generate', `--from=${from}`, `--to=${to}`, '--max-chunk-size=1');
    const shown = repo.run('static-delta', 'show', `${from}-${to}`);
    const [stored] = await listDeltas(repo.path);
    expect(stored?.name).toBe(`${from}-${to}`);
    const { superblock, fetchPart } = await openDelta(stored?.path ?? '');
    const totals = deltaTotals(superblock);
    expect(shown).toContain(`Total Part Size: ${totals.parts.size} (`);
    expect(shown).toContain(`Total Part Uncompressed Size: ${totals.parts.usize} (`);
    expect(shown).toContain(`Total Size: ${totals.size} (`);
    expect(shown).toContain(`Timestamp: ${superblock.timestamp}\n`);
    for (const [i, header] of superblock.parts.entries()) {
      const part = describePart(await readPart(superblock, i, fetchPart), header);
      const { modes, xattrs, blobSize, operationsSize } = part;
      expect(shown).toContain(
        `PartMeta${i}: nobjects=${header.objects.length} size=${header.size} usize=${header.usize}\n`,
      );
      expect(shown).toContain(
        `PartPayload${i}: nmodes=${modes} nxattrs=${xattrs} blobsize=${blobSize} opsize=${operationsSize}\n`,
      );
      const operations = Object.entries(part.operations).map(([name, count]) => `${name}=${count}`);
      expect(shown).toContain(`PartPayloadOps${i}: ${operations.join(' ')}\n`);
    }
  });

  it('reads delta indexes', async () => {
    repo.run('static-delta', 'reindex');
    expect(await listDeltaIndexes(repo.path)).toEqual([to]);
    const base64 = Buffer.from(to, 'hex').toString('base64').slice(0, 43).replaceAll('/', '_');
    const path = join(repo.path, 'delta-indexes', base64.slice(0, 2), `${base64.slice(2)}.index`);
    const [known, ...more] = parseDeltaIndex(readFileSync(path));
    expect(more).toEqual([]);
    const [stored] = await listDeltas(repo.path);
    const { bytes } = await openDelta(stored?.path ?? '');
    expect(known).toEqual({ name: `${from}-${to}`, from, to, digest: nodeHash.sha256(bytes) });
  });

  it('unwraps a signed superblock', async () => {
    const file = repo.generate(
      `--from=${from}`,
      `--to=${to}`,
      '--min-fallback-size=0',
      '--sign-type=dummy',
      '--sign=secret',
    );
    const delta = await openDelta(file);
    expect([...(delta.superblock.envelope?.signatures.keys() ?? [])]).toEqual(['dummy']);
    expect(Buffer.from(delta.superblock.envelope?.signatures.get('dummy')?.[0] ?? []).toString()).toBe('secret');
    const store = repo.store(before);
    await applyOffline(delta, store, options);
    expectSame(store, repo.store(after));
  });

  it('refuses another pair, a missing source, a cut and a changed part', async () => {
    const file = repo.generate(`--from=${from}`, `--to=${to}`, '--min-fallback-size=0');
    const delta = await openDelta(file);
    const apply = (more: ApplyDeltaOptions, store = repo.store(before)) =>
      applyOffline(delta, store, { ...options, ...more });
    await expect(apply({ expect: { from: null, to } })).rejects.toMatchObject({ code: 'corrupt' });
    await expect(apply({ expect: { from: to, to: from } })).rejects.toMatchObject({ code: 'corrupt' });
    await expect(apply({}, repo.store([]))).rejects.toThrow(
      `Commit ${from}, which is the delta source, is not in repository`,
    );
    const part = readFileSync(join(file, '..', '0'));
    writeFileSync(join(file, '..', '0'), part.subarray(0, -1));
    await expect(apply({})).rejects.toThrow(
      'Executing delta part 0: Checksum mismatch in static delta part; expected=',
    );
    writeFileSync(join(file, '..', '0'), Buffer.concat([part, Buffer.alloc(1)]));
    await expect(apply({})).rejects.toMatchObject({ code: 'limit' });
    await expect(openDelta(mkdtempSync(join(repo.root, 'none-')))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('stops when told to', async () => {
    const file = repo.generate(`--from=${from}`, `--to=${to}`, '--min-fallback-size=0', '--max-chunk-size=0');
    const delta = await openDelta(file);
    const controller = new AbortController();
    const store = repo.store(before);
    const onProgress: ApplyDeltaOptions['onProgress'] = (event) => {
      if (event.type === 'part-applied') controller.abort();
    };
    const applying = applyOffline(delta, store, { ...options, signal: controller.signal, onProgress });
    await expect(applying).rejects.toMatchObject({ code: 'aborted' });
    expect(store.hasObject('commit', to)).toBe(false);
    expect(store.openSources + store.sinks).toBe(0);
  });
});
