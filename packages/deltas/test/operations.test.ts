import { DELTA_LIMITS } from '@ost/deltas';
import { checksumToBytes, encodeFileHeader } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { emptyTree, fileChecksum, ops } from './support/builder.js';
import { nodeHash } from './support/ostree.js';
import {
  CSUM,
  PATCH,
  PATCH_LENGTH,
  TREE,
  blob,
  file,
  hello,
  patched,
  run,
  store,
  text,
  tree,
} from './support/program.js';

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
