import { applyDelta, encodeXz, parseSuperblock, type ScratchFile, XZ_BACKENDS } from '@ost/deltas';
import { checksumToBytes, OstError } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { buildSuperblock, emptyTree, fileChecksum, ops, plainPart, record } from './support/builder.js';
import { MemoryStore } from './support/memory-store.js';
import { nodeHash } from './support/ostree.js';
import {
  CSUM,
  file,
  hello,
  oldFile,
  PATCH,
  PATCH_LENGTH,
  patched,
  runPacked,
  TREE,
  text,
  tree,
} from './support/program.js';
import { Random } from './support/random.js';

const random = new Random(7);

describe('a part in a scratch file', () => {
  it('gives what it gives in memory', async () => {
    const operations = [
      ['S', emptyTree.length, TREE, 'S', 0, 0, 5, 0],
      ['r', CSUM, 'o', 0, 0, 5, 'B', PATCH, PATCH_LENGTH, 'c'],
      ['o', 0, 0, 7, 'w', 2, 0, 'r', CSUM, 'w', 5, 1, 'c'],
    ];
    const done = await runPacked({
      objects: [[2, tree], [1, hello], file(patched), file(text('he12345'))],
      operations: ops(...operations.flat()),
    });
    expect([...done.files.keys()]).toContain(hello);
    expect(done.log).toEqual(['dirtree', 'file', 'file', 'file']);
  });

  it('is read in pieces where much is read', async () => {
    const content = random.bytes(1_500_001);
    const inserted = random.bytes(600_000);
    const patch = record([0, 1, 0], [...inserted], 0);
    const blob = new Uint8Array([...content, ...checksumToBytes(oldFile), ...patch]);
    const at = content.length;
    const patchedContent = new Uint8Array([48, 50, 50, ...inserted]);
    const pieces = new Uint8Array([...content.subarray(700_000), ...content.subarray(0, 700_000)]);
    const operations = [
      ['S', 0, 0, content.length, 0],
      ['o', 0, 0, at, 'w', at - 700_000, 700_000, 'w', 700_000, 0, 'c'],
      ['r', at, 'o', 0, 0, patchedContent.length, 'B', at + 32, patch.length, 'c'],
    ];
    const done = await runPacked({
      objects: [file(content), file(pieces), file(patchedContent)],
      operations: ops(...operations.flat()),
      blob,
      usize: 10_000_000,
    });
    expect(done.log).toEqual(['stream', 'stream', 'file']);
    expect(Buffer.compare(done.files.get(fileChecksum(pieces))?.content ?? text(''), pieces)).toBe(0);
  });

  it('has a bound for what is in memory all the same', async () => {
    const test = { objects: [[1, hello]] as const, operations: ops('S', 0, 0, 5, 0) };
    await expect(runPacked({ ...test, limits: { programSize: 10 } })).rejects.toMatchObject({ code: 'limit' });
    await expect(runPacked({ ...test, limits: { payloadSize: 10 } })).rejects.toMatchObject({ code: 'limit' });
  });
});

describe('a large part', () => {
  const content = random.bytes(8_500_000);
  const payload = plainPart({ blob: content, operations: ops('S', 0, 0, content.length, 0) }).subarray(1);
  const objects = [file(content)];
  const packed = encodeXz(payload, { preset: 0 });

  /** A delta of such a part, a store with scratch files, and the part itself. */
  async function large(damage: (bytes: Uint8Array) => void = () => undefined) {
    const bytes = Uint8Array.from([0x78, ...(await packed)]);
    damage(bytes);
    const parts = [{ bytes, objects, usize: content.length }];
    const delta = parseSuperblock(buildSuperblock({ parts }), { hash: nodeHash });
    return { bytes, delta, store: new MemoryStore({ scratch: true }) };
  }

  it.each(XZ_BACKENDS)('waits in a scratch file while $name decompresses it', async (backend) => {
    if (!(await backend.available())) return;
    const { bytes, delta, store } = await large();
    await applyDelta(delta, () => bytes, store, { hash: nodeHash, xz: [backend], ownParts: true });
    expect(store.scratchFiles).toEqual({ made: 2, open: 0 });
    expect(bytes.length).toBe(0);
    expect(Buffer.compare(store.files.get(fileChecksum(content))?.content ?? text(''), content)).toBe(0);
  });

  it.each(XZ_BACKENDS)('is not called corrupt when $name cannot read that file', async (backend) => {
    if (!(await backend.available())) return;
    const { bytes, delta, store } = await large();
    const make = store.scratch as () => ScratchFile;
    const read = (): void => {
      throw new OstError('io', 'No luck');
    };
    Object.assign(store, { scratch: () => ({ ...make(), read }) });
    const applying = applyDelta(delta, () => bytes, store, { hash: nodeHash, xz: [backend] });
    await expect(applying).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('No luck') as string });
    expect(store.scratchFiles).toEqual({ made: 2, open: 0 });
  });

  it('leaves no file behind when it is damaged', async () => {
    const { bytes, delta, store } = await large((part) => {
      part[4_000_000] = (part[4_000_000] as number) ^ 1;
    });
    await expect(applyDelta(delta, () => bytes, store, { hash: nodeHash })).rejects.toMatchObject({ code: 'corrupt' });
    expect(store.scratchFiles).toEqual({ made: 2, open: 0 });
    expect(store.files.size).toBe(0);
  });
});
