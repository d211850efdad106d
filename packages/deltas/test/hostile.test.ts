import { applyDelta, bsdiff, encodeXz, parseSuperblock } from '@ost/deltas';
import type { Variant } from '@ost/gvariant';
import { variant } from '@ost/gvariant';
import type { Checksum } from '@ost/objects';
import { checksumToBytes, encodeFileHeader, isOstError } from '@ost/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartSpec, SuperblockSpec } from './support/builder.js';
import { buildSuperblock, emptyTree, fileChecksum, ops, plainPart } from './support/builder.js';
import { MemoryStore } from './support/memory-store.js';
import { nodeHash } from './support/ostree.js';
import { Random } from './support/random.js';

const random = new Random(11);
const old = random.bytes(6000);
const next = new Uint8Array([...old.subarray(3000), ...random.bytes(40), ...old.subarray(0, 2900)]);
const patch = bsdiff(old, next);
const oldFile = fileChecksum(old);
const newFile = fileChecksum(next);
const tree = nodeHash.sha256(emptyTree);
const objects: PartSpec['objects'] = [
  [2, tree],
  [1, newFile],
];
const usize = emptyTree.length + next.length;
const PATCH = emptyTree.length + 32;

/** A part that makes a dirtree and a patched file. */
function partWith(stream: Uint8Array): Uint8Array {
  const blob = Buffer.concat([emptyTree, checksumToBytes(oldFile), stream]);
  const size = next.length;
  const make = ops('S', emptyTree.length, 0, 'r', emptyTree.length, 'o', 0, 0, size, 'B', PATCH, stream.length, 'c');
  return plainPart({ blob, operations: make });
}

const plain = partWith(patch);
const packed = new Uint8Array([0x78, ...(await encodeXz(plain.subarray(1), { preset: 8 }))]);
const sound: PartSpec = { bytes: packed, objects, usize };

/**
 * Applies what a hostile server sent. Whatever it is, the answer is a result or one of our errors, everything is closed, and
 * the store got nothing but objects that are what they are called, and not more of them than the parts declare.
 */
async function apply(superblock: Uint8Array, part: Uint8Array, limits = {}): Promise<boolean> {
  const store = new MemoryStore();
  const header = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
  store.files.set(oldFile, { header, content: old });
  let applied = false;
  try {
    const delta = parseSuperblock(superblock, { hash: nodeHash });
    await applyDelta(delta, () => part, store, { hash: nodeHash, limits });
    for (const { objects: listed } of delta.parts) {
      for (const { type, checksum } of listed) expect(store.hasObject(type, checksum)).toBe(true);
    }
    applied = true;
  } catch (error) {
    if (!isOstError(error)) throw error;
    expect(['corrupt', 'limit', 'not-found', 'unsupported', 'not-normal']).toContain(error.code);
  }
  expect(store.openSources + store.sinks).toBe(0);
  expect(store.log.length).toBeLessThanOrEqual(objects.length);
  for (const [checksum, file] of store.files) {
    expect(nodeHash.sha256(encodeFileHeader(file.header), file.content)).toBe(checksum);
  }
  for (const [name, bytes] of store.metadata) expect(name).toContain(nodeHash.sha256(bytes));
  return applied;
}

const changes = (length: number) =>
  fc.array(fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });

function changed(bytes: Uint8Array, where: readonly (readonly [at: number, by: number])[]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, by] of where) copy[at] = (copy[at] as number) ^ by;
  return copy;
}

const build = (spec: Partial<SuperblockSpec>) => buildSuperblock({ parts: [sound], ...spec });

describe('a hostile delta', () => {
  it('is a sound one before it is changed', async () => {
    expect(await apply(build({}), packed)).toBe(true);
    expect(await apply(build({ parts: [{ ...sound, bytes: plain }] }), plain, { wholeFileSize: 0 })).toBe(true);
  });

  it('has bytes of its superblock changed', async () => {
    const block = build({});
    await fc.assert(
      fc.asyncProperty(changes(block.length), async (where) => void (await apply(changed(block, where), packed))),
      { numRuns: 600 },
    );
  });

  it('has other numbers in its part headers and fallbacks', async () => {
    const number = fc.oneof(fc.nat(usize * 2), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 2 ** 52));
    const checksum = fc.constantFrom<Checksum>(tree, newFile, oldFile, nodeHash.sha256(patch));
    const listed = fc.array(fc.tuple(fc.nat(9), checksum), { maxLength: 4 });
    const part = fc.record({ version: fc.constantFrom(0, 0, 0, 1, 2 ** 32 - 1), usize: number, objects: listed });
    const fallback = fc.tuple(
      fc.nat(9),
      fc.uint8Array({ minLength: 30, maxLength: 34 }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 3 }),
        fc.array(fallback, { maxLength: 2 }),
        fc.constantFrom('l' as const, 'B' as const, null),
        async (parts, fallbacks, endianness) => {
          const specs = parts.map((fields) => ({ ...sound, ...fields }));
          await apply(build({ parts: specs, fallbacks, endianness }), packed);
        },
      ),
      { numRuns: 700 },
    );
  });

  it('has other entries in its dictionary', async () => {
    const name = parseSuperblock(build({})).name;
    const directory = `deltas/${name.slice(0, 2)}/${name.slice(2)}`;
    const keys = ['ostree.endianness', `${directory}/0`, `${directory}/1`, `${directory}/commitmeta`, 'other', ''];
    const value = fc.oneof(
      fc.nat(255).map((byte) => variant('y', byte)),
      fc.string().map((text) => variant('s', text)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => variant('ay', bytes)),
      fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 40 })).map((pair) => variant('(yay)', pair)),
      fc.constant(variant('a{sv}', [])),
      fc.constant(variant('(yay)', [0x78, packed.subarray(1)])),
    );
    const entry = fc.tuple(fc.constantFrom(...keys), value);
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 4 }), async (metadata: [string, Variant][]) => {
        await apply(build({ metadata }), packed);
      }),
      { numRuns: 700 },
    );
  });

  it('has bytes of its xz changed, with a checksum that fits', async () => {
    await fc.assert(
      fc.asyncProperty(changes(packed.length), async (where) => {
        const bytes = changed(packed, where);
        await apply(build({ parts: [{ ...sound, bytes }] }), bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('has bytes of its payload changed, with a checksum that fits', async () => {
    // What is not random content: the tables before, the beginning of the blob, and the operations.
    const ends = fc.oneof(
      fc.nat(120),
      fc.nat(60).map((back) => plain.length - 1 - back),
    );
    const where = fc.array(fc.tuple(ends, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(where, fc.boolean(), async (list, stream) => {
        const bytes = changed(plain, list);
        await apply(build({ parts: [{ ...sound, bytes }] }), bytes, stream ? { wholeFileSize: 0 } : {});
      }),
      { numRuns: 600 },
    );
  });

  it('has other numbers in its patches', async () => {
    const edge = fc.constantFrom(0n, 1n, 24n, 2999n, 6000n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n);
    const control = fc.tuple(edge, fc.bigInt({ min: -3n, max: 3n }), fc.boolean()).map(([value, more, negative]) => {
      const magnitude = value + more < 0n ? 0n : (value + more) & (2n ** 63n - 1n);
      return negative ? magnitude | (1n << 63n) : magnitude;
    });
    const edits = fc.array(fc.tuple(fc.nat(5), control), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(edits, fc.boolean(), async (list, stream) => {
        const copy = patch.slice();
        const view = new DataView(copy.buffer);
        // The first record's numbers, then the second's where it really is.
        const second = 24 + view.getUint32(0, true) + view.getUint32(8, true);
        for (const [field, value] of list) {
          view.setBigUint64(field < 3 ? field * 8 : second + (field - 3) * 8, value, true);
        }
        const bytes = partWith(copy);
        await apply(build({ parts: [{ ...sound, bytes }] }), bytes, stream ? { wholeFileSize: 0 } : {});
      }),
      { numRuns: 600 },
    );
  });

  it('is cut off anywhere', async () => {
    const block = build({});
    for (let length = 0; length < block.length; length += 7) await apply(block.subarray(0, length), packed);
    for (let length = 0; length < packed.length; length += 97) {
      const bytes = packed.subarray(0, length);
      await apply(build({ parts: [{ ...sound, bytes }] }), bytes);
    }
    for (let length = 0; length < patch.length; length += 61) {
      const bytes = partWith(patch.subarray(0, length));
      expect(await apply(build({ parts: [{ ...sound, bytes }] }), bytes)).toBe(false);
    }
  });
});
