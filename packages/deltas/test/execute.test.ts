import type { ApplyDeltaOptions } from '@ost/deltas';
import { applyDelta, applyPart, DELTA_LIMITS, parseSuperblock } from '@ost/deltas';
import type { Checksum } from '@ost/objects';
import { checksumToBytes, encodeFileHeader, isOstError } from '@ost/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartSpec, PayloadSpec } from './support/builder.js';
import { buildSuperblock, emptyTree, fileChecksum, objectList, ops, plainPart, record } from './support/builder.js';
import { MemoryStore } from './support/memory-store.js';
import { nodeHash } from './support/ostree.js';

const text = (value: string) => new TextEncoder().encode(value);
const oldContent = text('0123456789');
const oldFile = fileChecksum(oldContent);
const blob = new Uint8Array([
  ...text('hello'),
  ...emptyTree,
  ...checksumToBytes(oldFile),
  ...record([0, 1, 0], [88, 89], 0),
]);
const TREE = 5;
const CSUM = TREE + emptyTree.length;
const PATCH = CSUM + 32;
const PATCH_LENGTH = 24 + 5;
const hello = fileChecksum(text('hello'));
const tree = nodeHash.sha256(emptyTree);
const patched = text('022XY');

function store(): MemoryStore {
  const result = new MemoryStore();
  const header = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
  result.files.set(oldFile, { header, content: oldContent });
  return result;
}

interface Case extends Omit<PayloadSpec, 'operations'> {
  objects: PartSpec['objects'];
  operations: Uint8Array;
  usize?: number;
  into?: MemoryStore;
  limits?: Partial<typeof DELTA_LIMITS>;
}

async function run({ objects, usize = 1000, into = store(), limits = {}, ...spec }: Case): Promise<MemoryStore> {
  const bytes = plainPart({ blob, ...spec });
  const delta = parseSuperblock(buildSuperblock({ parts: [{ bytes, objects, usize }] }), { hash: nodeHash });
  try {
    await applyPart(bytes, delta.parts[0] as never, into, { hash: nodeHash, limits });
  } finally {
    expect(into.openSources + into.sinks).toBe(0);
    for (const [checksum, { header, content }] of into.files) {
      expect(nodeHash.sha256(encodeFileHeader(header), content)).toBe(checksum);
    }
    for (const [name, content] of into.metadata) expect(name).toContain(nodeHash.sha256(content));
  }
  return into;
}

const file = (content: Uint8Array) => [1, fileChecksum(content)] as const;

describe('operations', () => {
  it('splices files, links and metadata', async () => {
    const link = { uid: 1, gid: 2, mode: 0o120777, symlinkTarget: 'hello', xattrs: [] };
    const linkSum = nodeHash.sha256(encodeFileHeader(link));
    const done = await run({
      modes: [
        [0, 0, 0o100644],
        [1, 2, 0o120777],
      ],
      objects: [[2, tree], [1, hello], [1, linkSum], file(new Uint8Array(0))],
      operations: ops('S', emptyTree.length, TREE, 'S', 0, 0, 5, 0, 'S', 1, 0, 5, 0, 'S', 0, 0, 0, blob.length),
      usize: emptyTree.length + 5,
    });
    expect(done.files.get(linkSum)).toEqual({ header: link, content: new Uint8Array(0) });
    expect(done.files.get(hello)?.content).toEqual(text('hello'));
    expect(done.metadata.get(`${tree}.dirtree`)).toEqual(emptyTree);
  });

  it('keeps extended attributes', async () => {
    const xattrs = [{ name: text('user.a'), value: text('1') }];
    const header = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs };
    const checksum = nodeHash.sha256(encodeFileHeader(header), text('hello'));
    const done = await run({
      xattrs: [[], [[text('user.a\0'), text('1')]]],
      objects: [[1, checksum]],
      operations: ops('S', 0, 1, 5, 0),
    });
    expect(done.files.get(checksum)?.header).toEqual(header);
  });

  it('puts files together from blob and source', async () => {
    const content = text('hello345ello');
    const operations = ops('o', 0, 0, 12, 'w', 5, 0, 'r', CSUM, 'w', 3, 3, 'w', 0, 99, 'R', 'w', 4, 1, 'c');
    for (const wholeFileSize of [DELTA_LIMITS.wholeFileSize, 0]) {
      const done = await run({ objects: [file(content)], operations, limits: { wholeFileSize } });
      expect(done.files.get(fileChecksum(content))?.content).toEqual(content);
    }
  });

  it('streams large files without holding them', async () => {
    const old = new Uint8Array(3_000_000).map((_, i) => i * 31);
    const into = store();
    into.files.set(fileChecksum(old), {
      header: { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] },
      content: old,
    });
    const content = new Uint8Array(Buffer.concat([old.subarray(7), text('hello'), old.subarray(0, 1_000_000)]));
    const operations = ops(
      'o',
      0,
      0,
      content.length,
      'r',
      5,
      'w',
      old.length - 7,
      7,
      'R',
      'w',
      5,
      0,
      'r',
      5,
      'w',
      1_000_000,
      0,
      'c',
    );
    const withSum = new Uint8Array([...text('hello'), ...checksumToBytes(fileChecksum(old))]);
    await run({ objects: [file(content)], operations, blob: withSum, usize: content.length, into });
    expect(into.log).toEqual(['stream']);
    expect(Buffer.compare(into.files.get(fileChecksum(content))?.content as Uint8Array, content)).toBe(0);
  });

  it('reads a source that the same part made', async () => {
    const made = new Uint8Array([...text('hello'), ...checksumToBytes(hello)]);
    const operations = ops('S', 0, 0, 5, 0, 'r', 5, 'o', 0, 0, 3, 'w', 3, 2, 'c');
    const done = await run({ blob: made, objects: [[1, hello], file(text('llo'))], operations });
    expect(done.files.has(fileChecksum(text('llo')))).toBe(true);
  });

  it('patches', async () => {
    const content = text('022XY');
    const operations = ops('r', CSUM, 'o', 0, 0, 5, 'B', PATCH, PATCH_LENGTH, 'c', 'R');
    const done = await run({ objects: [file(content)], operations, usize: 5 });
    expect(done.files.get(fileChecksum(content))?.content).toEqual(patched);
    await run({ objects: [file(content)], operations, into: done });
  });

  it('passes over what is stored, without reading sources', async () => {
    const into = await run({ objects: [[1, hello]], operations: ops('S', 0, 0, 5, 0) });
    into.log.length = 0;
    await run({ objects: [[1, hello]], operations: ops('o', 0, 0, 5, 'r', 0, 'w', 5, 2 ** 40, 'c'), into });
    await run({ objects: [[1, hello]], operations: ops('o', 0, 0, 5, 'r', 0, 'B', 0, 3, 'c'), into });
    expect(into.log).toEqual([]);
  });
});

const one: PartSpec['objects'] = [[1, hello]];
const huge = 2 ** 52;
const hostile: readonly (readonly [string, Case, string | RegExp])[] = [
  ['an unknown operation', { objects: one, operations: ops('S', 0, 0, 5, 0, 'x') }, 'Unknown opcode 120 at offset 1'],
  [
    'operations that end too early',
    { objects: [...one, ...one], operations: ops('S', 0, 0, 5, 0) },
    'Operations produce only 1 of 2 objects',
  ],
  ['no operations', { objects: one, operations: ops() }, 'Operations produce only 0 of 1 objects'],
  [
    'an object that is not listed',
    { objects: one, operations: ops('S', 0, 0, 5, 0, 'S', 0, 0, 5, 0) },
    'more objects than the 1 listed',
  ],
  ['an open beyond the list', { objects: [], operations: ops('o', 0, 0, 1) }, 'more objects than the 0 listed'],
  [
    'a number cut off',
    { objects: one, operations: Uint8Array.of(0x53, 0x80) },
    'opcode open-splice-and-close: Unexpected EOF reading varint',
  ],
  ['a number cut off in open', { objects: one, operations: ops('o', 0) }, 'opcode open: Unexpected EOF reading varint'],
  [
    'a number cut off in write',
    { objects: one, operations: ops('o', 0, 0, 5, 'w', 5) },
    'opcode write: Unexpected EOF reading varint',
  ],
  [
    'a number cut off in set-read-source',
    { objects: one, operations: ops('r') },
    'opcode set-read-source: Unexpected EOF reading varint',
  ],
  [
    'a number cut off in bspatch',
    { objects: one, operations: ops('o', 0, 0, 5, 'B', 5) },
    'Unexpected EOF reading varint',
  ],
  [
    'a number of eleven bytes',
    { objects: one, operations: Uint8Array.of(0x72, ...new Array(11).fill(0x80), 1) },
    'Unexpected EOF reading varint',
  ],
  [
    'a number of 64 bits',
    { objects: one, operations: Uint8Array.of(0x72, ...new Array(9).fill(0xff), 1) },
    'Number out of range',
  ],
  [
    'an offset beyond the blob',
    { objects: one, operations: ops('S', 0, 0, 5, blob.length) },
    `Invalid offset/length ${blob.length}/5`,
  ],
  [
    'an immense offset',
    { objects: one, operations: ops('S', 0, 0, huge, huge) },
    `Invalid offset/length ${huge}/${huge}`,
  ],
  [
    'a source beyond the blob',
    { objects: one, operations: ops('r', blob.length - 31) },
    `Invalid offset/length ${blob.length - 31}/32`,
  ],
  ['a mode out of range', { objects: one, operations: ops('S', 1, 0, 5, 0) }, 'Invalid mode index 1'],
  ['an xattr list out of range', { objects: one, operations: ops('o', 0, huge, 5) }, `Invalid xattr index ${huge}`],
  [
    'a mode that is no file',
    { modes: [[0, 0, 0o40755]], objects: one, operations: ops('S', 0, 0, 5, 0) },
    'Invalid mode 040755',
  ],
  [
    'a link that is opened',
    { modes: [[0, 0, 0o120777]], objects: one, operations: ops('o', 0, 0, 5) },
    'not a regular file',
  ],
  [
    'a link without a target',
    { modes: [[0, 0, 0o120777]], objects: one, operations: ops('S', 0, 0, 0, 0) },
    'Invalid symlink target',
  ],
  [
    'a link with a NUL',
    { modes: [[0, 0, 0o120777]], objects: one, operations: ops('S', 0, 0, 20, PATCH) },
    'Invalid symlink target',
  ],
  [
    'a link that is no text',
    { modes: [[0, 0, 0o120777]], blob: Uint8Array.of(255), objects: one, operations: ops('S', 0, 0, 1, 0) },
    'Invalid symlink target',
  ],
  [
    'an xattr name without NUL',
    { xattrs: [[[text('a'), text('')]]], objects: one, operations: ops() },
    'Invalid xattr name',
  ],
  [
    'an empty xattr name',
    { xattrs: [[[text('\0'), text('')]]], objects: one, operations: ops() },
    'Invalid xattr name',
  ],
  [
    'other content',
    { objects: one, operations: ops('S', 0, 0, 4, 0) },
    `Corrupted file object; checksum expected='${hello}' actual='`,
  ],
  [
    'other metadata',
    { objects: [[2, tree]], operations: ops('S', 5, 0) },
    `Corrupted dirtree object; checksum expected='${tree}' actual='`,
  ],
  [
    'metadata that is none',
    { objects: [[2, nodeHash.sha256(text('hello'))]], operations: ops('S', 5, 0) },
    /ormal form/,
  ],
  ['metadata of another type', { objects: [[4, tree]], operations: ops('S', emptyTree.length, TREE) }, /ormal form/],
  ['metadata that is opened', { objects: [[2, tree]], operations: ops('o', 0, 0, 5) }, 'Open of a metadata object'],
  [
    'an open within an open',
    { objects: one, operations: ops('o', 0, 0, 5, 'o', 0, 0, 5) },
    'Open while a file is open',
  ],
  [
    'a splice within an open',
    { objects: one, operations: ops('o', 0, 0, 5, 'S', 0, 0, 5, 0) },
    'Splice while a file is open',
  ],
  ['a write without an open', { objects: one, operations: ops('w', 5, 0) }, 'Write without an open file'],
  ['a close without an open', { objects: one, operations: ops('c') }, 'Close without an open file'],
  ['an end within a file', { objects: one, operations: ops('o', 0, 0, 5, 'w', 5, 0) }, 'Operations end within a file'],
  [
    'too little content',
    { objects: one, operations: ops('o', 0, 0, 5, 'w', 4, 0, 'c') },
    'Content ends after 4 of 5 bytes',
  ],
  [
    'too much content',
    { objects: one, operations: ops('o', 0, 0, 5, 'w', 6, 0) },
    'More content than the declared 5 bytes',
  ],
  [
    'too much from the source',
    { objects: one, operations: ops('r', CSUM, 'o', 0, 0, 5, 'w', 6, 0) },
    'More content than the declared 5 bytes',
  ],
  [
    'a read beyond the source',
    { objects: one, operations: ops('r', CSUM, 'o', 0, 0, 5, 'w', 5, 6) },
    `Unexpected EOF reading object ${oldFile}`,
  ],
  [
    'a read far beyond the source',
    { objects: one, operations: ops('r', CSUM, 'o', 0, 0, 5, 'w', 5, 2 ** 53 - 3) },
    'Invalid offset/length',
  ],
  [
    'a source that is not stored',
    { objects: one, operations: ops('r', 0, 'o', 0, 0, 5, 'w', 5, 0) },
    'No such file object',
  ],
  [
    'a patch without an open',
    { objects: one, operations: ops('r', CSUM, 'B', PATCH, PATCH_LENGTH) },
    'bspatch without an open file',
  ],
  [
    'a patch without a source',
    { objects: one, operations: ops('o', 0, 0, 5, 'B', PATCH, PATCH_LENGTH) },
    'bspatch without a read source',
  ],
  [
    'a patch behind other content',
    { objects: one, operations: ops('r', CSUM, 'o', 0, 0, 5, 'w', 1, 0, 'B', PATCH, PATCH_LENGTH) },
    'bspatch into a file that has content',
  ],
  [
    'a patch that yields too little',
    { objects: one, operations: ops('r', CSUM, 'o', 0, 0, 6, 'B', PATCH, PATCH_LENGTH) },
    'bsdiff patch failed',
  ],
  [
    'a patch that yields too much',
    { objects: one, operations: ops('r', CSUM, 'o', 0, 0, 4, 'B', PATCH, PATCH_LENGTH) },
    'bsdiff patch failed',
  ],
  [
    'a patch with a rest',
    {
      objects: one,
      operations: ops('r', CSUM, 'o', 0, 0, 5, 'B', PATCH, PATCH_LENGTH + 1),
      blob: new Uint8Array([...blob, 0]),
    },
    'bsdiff patch failed',
  ],
  [
    'a patch cut off',
    { objects: one, operations: ops('r', CSUM, 'o', 0, 0, 5, 'B', PATCH, PATCH_LENGTH - 1) },
    'bsdiff patch failed',
  ],
  [
    'a patch with a negative length',
    { objects: one, operations: patch(), blob: patchBlob(record([], [1], 0, [-1, 1])) },
    'bsdiff patch failed',
  ],
  [
    'a patch with an immense length',
    { objects: one, operations: patch(), blob: patchBlob(record([], [1], 0, [2 ** 31, 1])) },
    'bsdiff patch failed',
  ],
  [
    'a patch with an immense seek',
    { objects: one, operations: patch(), blob: patchBlob([...new Array(16).fill(0), ...new Array(8).fill(0xff)]) },
    'bsdiff patch failed',
  ],
  [
    'more content than the header says',
    { objects: one, operations: ops('S', 0, 0, 5, 0), usize: 4 },
    'More content than the 4 bytes that the part declares',
  ],
  ['an immense file', { objects: one, operations: ops('o', 0, 0, huge, 'c') }, 'More content than the 1000 bytes'],
  [
    'an immense file that is declared',
    { objects: one, operations: ops('o', 0, 0, 2 ** 45, 'w', 5, 0, 'c'), usize: 2 ** 45 },
    'Content ends after 5 of',
  ],
];

function patch(): Uint8Array {
  return ops('r', 0, 'o', 0, 0, 5, 'B', 32, 25);
}

function patchBlob(bytes: number[]): Uint8Array {
  return Uint8Array.from([...checksumToBytes(oldFile), ...bytes, 0, 0, 0]);
}

describe('hostile operations', () => {
  it.each(hostile)('%s', async (_, test, message) => {
    await expect(run(test)).rejects.toThrow(message);
    await run(test).catch((error: unknown) => {
      expect(isOstError(error) && ['corrupt', 'not-normal', 'not-found'].includes(error.code)).toBe(true);
    });
  });

  it('bounds metadata objects', async () => {
    const test: Case = {
      objects: [[2, tree]],
      operations: ops('S', emptyTree.length, TREE),
      limits: { metadataSize: 0 },
    };
    await expect(run(test)).rejects.toMatchObject({ code: 'limit' });
  });

  it('answers random programs with a result or one of our errors', async () => {
    const operand = fc.oneof(fc.nat(12), fc.constantFrom(0, 5, TREE, CSUM, PATCH, PATCH_LENGTH, blob.length, huge));
    const operation = fc.tuple(fc.constantFrom('S', 'o', 'w', 'r', 'R', 'c', 'B'), fc.array(operand, { maxLength: 4 }));
    const listed = fc.array(
      fc.constantFrom<readonly [number, Checksum]>([1, hello], [2, tree], [1, fileChecksum(patched)]),
      { maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 8 }), listed, async (program, objects) => {
        const operations = ops(...program.flatMap(([name, operands]) => [name, ...operands]));
        await run({ objects, operations }).catch(expectOurs);
      }),
      { numRuns: 1500 },
    );
  });

  it('answers mutated parts with a result or one of our errors', async () => {
    const content = text('022XY');
    const operations = ops(
      'S',
      emptyTree.length,
      TREE,
      'S',
      0,
      0,
      5,
      0,
      'r',
      CSUM,
      'o',
      0,
      0,
      5,
      'B',
      PATCH,
      PATCH_LENGTH,
      'c',
      'o',
      0,
      0,
      7,
      'w',
      2,
      0,
      'r',
      CSUM,
      'w',
      5,
      1,
      'c',
    );
    const objects: PartSpec['objects'] = [[2, tree], [1, hello], file(content), file(text('he12345'))];
    const sound = plainPart({ blob, operations });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 3 }), async (changes) => {
        const bytes = sound.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const delta = parseSuperblock(buildSuperblock({ parts: [{ bytes, objects, usize: 1000 }] }), {
          hash: nodeHash,
        });
        const into = store();
        await applyDelta(delta, () => bytes, into, { hash: nodeHash }).catch(expectOurs);
        expect(into.openSources + into.sinks).toBe(0);
        for (const [checksum, stored] of into.files) {
          expect(nodeHash.sha256(encodeFileHeader(stored.header), stored.content)).toBe(checksum);
        }
      }),
      { numRuns: 1500 },
    );
    expect(objectList(objects)).toHaveLength(132);
  });
});

function expectOurs(error: unknown): void {
  if (!isOstError(error)) throw error;
  expect(['corrupt', 'limit', 'not-found', 'not-normal']).toContain(error.code);
}

describe('applyDelta', () => {
  const bytes = plainPart({ blob, operations: ops('S', 0, 0, 5, 0) });
  const build = (more: Partial<PartSpec> = {}) =>
    parseSuperblock(buildSuperblock({ parts: [{ bytes, objects: one, usize: 5, ...more }] }));

  it('refuses newer versions before fetching anything', async () => {
    const never = () => expect.fail('fetched');
    await expect(applyDelta(build({ version: 1 }), never, store())).rejects.toThrow('Delta part has too new version 1');
  });

  it('checks what it fetched', async () => {
    const apply = (part: Uint8Array) => applyDelta(build(), () => part, store());
    await expect(apply(new Uint8Array(0))).rejects.toThrow('Executing delta part 0: Static delta part is empty');
    await expect(apply(bytes.with(3, 9))).rejects.toThrow('Checksum mismatch in static delta part');
    await expect(apply(new Uint8Array([...bytes, 0]))).rejects.toMatchObject({ code: 'limit' });
    await expect(apply(bytes)).resolves.toMatchObject({ applied: 1, content: 1, bytes: 5 });
  });

  it('refuses unknown compression and an immense plain part', async () => {
    const odd = bytes.with(0, 7);
    await expect(applyDelta(build({ bytes: odd }), () => odd, store())).rejects.toThrow("Invalid compression type '7'");
    const limits = { payloadSize: 10 };
    await expect(applyDelta(build(), () => bytes, store(), { limits })).rejects.toMatchObject({ code: 'limit' });
  });

  it('passes errors of the fetcher and the store on, and aborts what is under way', async () => {
    const delta = parseSuperblock(
      buildSuperblock({
        parts: [
          { bytes, objects: one, usize: 5 },
          {
            bytes,
            objects: [
              [1, oldFile],
              [1, tree],
            ],
            usize: 5,
          },
        ],
      }),
    );
    let aborted = false;
    const fetching = applyDelta(
      delta,
      (index, _, signal) => {
        if (index === 0) throw new TypeError('no network');
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('stopped'));
          });
        });
      },
      store(),
    );
    await expect(fetching).rejects.toThrow(TypeError);
    expect(aborted).toBe(true);
    const broken = store();
    broken.writeFile = () => Promise.reject(new RangeError('disk'));
    await expect(applyDelta(build(), () => bytes, broken)).rejects.toThrow(RangeError);
  });

  it('holds no more parts than it may', async () => {
    const content = text('hello');
    const part = (i: number) => ({
      bytes: plainPart({ modes: [[i, 0, 0o100644]], blob: content, operations: ops('S', 0, 0, 5, 0) }),
    });
    const parts = Array.from({ length: 8 }, (_, i) => {
      const header = { uid: i, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
      return { ...part(i), objects: [[1, nodeHash.sha256(encodeFileHeader(header), content)]] as const, usize: 5 };
    });
    const delta = parseSuperblock(buildSuperblock({ parts }));
    for (const [options, most] of [
      [{}, 3],
      [{ ahead: 0 }, 1],
      [{ ahead: 5 }, 6],
      [{ limits: { aheadSize: 10 } }, 2],
      [{ limits: { aheadSize: 4 } }, 1],
    ] as const) {
      let fetched = 0;
      let applied = 0;
      let peak = 0;
      const fetchPart = (index: number) => {
        peak = Math.max(peak, ++fetched - applied);
        return parts[index]?.bytes as Uint8Array;
      };
      const onProgress: ApplyDeltaOptions['onProgress'] = ({ type }) => {
        if (type === 'part-applied') applied++;
      };
      await applyDelta(delta, fetchPart, store(), { ...options, hash: nodeHash, onProgress });
      expect([applied, peak]).toEqual([8, most]);
    }
  });

  it('honours a signal that fired before', async () => {
    const signal = AbortSignal.abort();
    await expect(applyDelta(build(), () => bytes, store(), { signal })).rejects.toMatchObject({ code: 'aborted' });
  });
});
