import { checksumToBytes, isOstError } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { emptyTree, ops, record } from './support/builder.js';
import { nodeHash } from './support/ostree.js';
import type { Case } from './support/program.js';
import {
  CSUM,
  PATCH,
  PATCH_LENGTH,
  TREE,
  blob,
  hello,
  huge,
  oldFile,
  one,
  run,
  runPacked,
  text,
  tree,
} from './support/program.js';

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
    await expect(runPacked(test)).rejects.toThrow(message);
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
});
