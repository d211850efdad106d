import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyOffline, openDelta, writeDelta } from '@ost/deltas';
import { afterAll, describe, expect, it } from 'vitest';
import { commitTree, copyCommit, objectsOf } from './support/memory-commit.js';
import { MemoryStore } from './support/memory-store.js';
import { nodeHash } from './support/ostree.js';
import { Random } from './support/random.js';
import type { Tree } from './support/tree.js';

const root = mkdtempSync(join(tmpdir(), 'ost-choices-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const random = new Random(23);
const tree = (entries: Record<string, Uint8Array>): Tree =>
  new Map(Object.entries(entries).map(([path, content]) => [path, { content, mode: 0o644 }]));

function edited(content: Uint8Array): Uint8Array {
  const copy = content.slice();
  for (let i = 100; i < copy.length; i += 1500) copy[i] = (copy[i] as number) ^ 0x55;
  return copy;
}

/** Makes a delta, applies it, and answers its figures. */
async function figures(before: Tree | null, after: Tree) {
  const store = new MemoryStore();
  const from = before === null ? null : commitTree(store, before);
  const to = commitTree(store, after, from ?? undefined);
  const temporaryIn = mkdtempSync(join(root, 'delta-'));
  const superblock = join(temporaryIn, 'out/superblock');
  mkdirSync(join(temporaryIn, 'out'));
  const options = { from, to, hash: nodeHash, minFallbackSize: 0 };
  const { stats } = await writeDelta(objectsOf(store), { superblock, temporaryIn }, options);
  const target = from === null ? new MemoryStore() : copyCommit(store, from);
  await applyOffline(await openDelta(superblock), target, { hash: nodeHash });
  for (const checksum of copyCommit(store, to).files.keys()) expect(target.files.has(checksum)).toBe(true);
  return stats;
}

describe('the compressor', () => {
  it('looks back as far as there are repetitions, in what is compressed already too', async () => {
    const [image, other] = [random.bytes(600_000), random.bytes(500_000)];
    const after = tree({ a: image, b: other });
    after.set('c', { content: image, mode: 0o755 });
    expect((await figures(null, after)).size).toBeLessThan(1_102_000);
  });

  it('looks back further than its preset does', async () => {
    const image = random.bytes(100_000);
    const content = Buffer.concat([image, Buffer.alloc(9_000_000), image]);
    expect((await figures(null, tree({ content }))).size).toBeLessThan(110_000);
  });

  it('makes text small that stands beside what is compressed already', async () => {
    const text = random.words(60_000);
    const alone = await figures(null, tree({ text }));
    const beside = await figures(null, tree({ image: random.bytes(1_500_000), text }));
    expect(beside.size - 1_500_000).toBeLessThan(alone.size + 1200);
  }, 30_000);
});

describe('the old file of a new one', () => {
  it('is that whose name begins alike, among those that differ in digits', async () => {
    const libraries = Array.from({ length: 6 }, () => random.words(50_000));
    const before = Object.fromEntries(libraries.map((content, i) => [`lib/libz${i}.so.1.2.${i}`, content]));
    const after = Object.fromEntries(libraries.map((content, i) => [`lib/libz${i}.so.1.3.0`, edited(content)]));
    const { bsdiff, size } = await figures(tree(before), tree(after));
    expect(bsdiff.objects).toBe(6);
    expect(size).toBeLessThan(6000);
  });

  it('is found by content where names leave a choice', async () => {
    const chunks = Array.from({ length: 8 }, () => random.words(20_000));
    const name = (i: number, version: number): string => `js/chunk.${nodeHash.sha256(Uint8Array.of(i, version))}.js`;
    const before = Object.fromEntries(chunks.map((content, i) => [name(i, 1), content]));
    const after = Object.fromEntries(chunks.map((content, i) => [name(i, 2), edited(content)]));
    const { bsdiff, size } = await figures(tree(before), tree(after));
    expect(bsdiff.objects).toBe(8);
    expect(size).toBeLessThan(6000);
  });
});

describe('a difference', () => {
  it('is made of copies where bsdiff makes more of the rest', async () => {
    const log = random.words(400_000);
    const more = random.words(40_000);
    const { rollsum, size } = await figures(tree({ log }), tree({ log: Buffer.concat([log, more]) }));
    expect(rollsum.objects).toBe(1);
    expect(size).toBeLessThan((await figures(null, tree({ more }))).size + 300);
  });
});
