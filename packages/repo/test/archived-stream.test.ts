import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeArchiveHeader, type FileHeader } from '@ost/objects';
import { archivedContent, hashFile, openArchiveStream, type Repo, writeArchivedStream } from '@ost/repo';
import { freshRepo } from './support/repos.js';
import { failure } from './support/scratch.js';

const HEADER: FileHeader = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
/** Half of it packs well, and all of it takes several of the pieces that content comes in. */
const content = Buffer.concat([
  createHash('shake256', { outputLength: 600_000 }).update('seed').digest(),
  Buffer.from('the same line again\n'.repeat(40_000)),
]);
const packed = zlib.deflateRawSync(content);

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** An object whose header says that it has so many bytes. */
const object = (body: Uint8Array, size = content.length): Buffer =>
  Buffer.concat([encodeArchiveHeader(HEADER, size), body]);

async function store(repo: Repo, bytes: Uint8Array, piece: number, body = content): Promise<void> {
  await repo.withTransaction(async ({ writer }) => {
    const stream = await openArchiveStream(inPieces(bytes, piece));
    const name = hashFile(HEADER, body);
    if (repo.mode === 'archive') await writeArchivedStream(writer, name, stream, { trusted: false });
    else await writer.writeFileStream(stream.header, stream.size, archivedContent(stream), name);
  });
}

// Node's zlib is driven by what it has inside, and by its streams should it be different there.
describe.each([
  ['archive', 'inside'],
  ['bare-user', 'inside'],
  ['bare-user', 'outside'],
] as const)('a large object that arrives at a repository of mode %s, unpacked by zlib from %s', (mode, side) => {
  beforeEach(() => {
    if (side === 'inside') return;
    const builtin = process.getBuiltinModule('node:zlib');
    const create = builtin.createInflateRaw;
    vi.spyOn(builtin, 'createInflateRaw').mockImplementation((options) => {
      const stream = create(options);
      Object.assign(Reflect.get(stream, '_handle') as object, { reset: undefined });
      return stream;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([1000, 65_536, 1 << 20])('is stored, in pieces of %i bytes', async (piece) => {
    const repo = await freshRepo(mode);
    await store(repo, object(packed), piece);
    expect(Buffer.compare(repo.loadFile(hashFile(HEADER, content)).read(), content)).toBe(0);
  });

  it('is stored however it is cut', async () => {
    const small = Buffer.from('some words, some words, some others');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), async (piece) => {
        const repo = await freshRepo(mode);
        await store(repo, object(zlib.deflateRawSync(small), small.length), piece, small);
        expect(Buffer.from(repo.loadFile(hashFile(HEADER, small)).read())).toEqual(small);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['is cut off', object(packed.subarray(0, -10)), /unexpected end of file|instead of/],
    ['is not compressed', object(content), /^Invalid compressed data: /],
    ['has something behind its end', object(Buffer.concat([packed, Buffer.of(1)])), /trailing data/],
    ['has much behind its end', object(Buffer.concat([packed, Buffer.alloc(300_000)])), /trailing data/],
    ['is longer than announced', object(packed, 700_000), /more than the 700000 bytes/],
    ['is shorter than announced', object(packed, content.length + 1), /instead of/],
    ['is something else', object(zlib.deflateRawSync(Buffer.alloc(content.length))), /checksum expected/],
  ])('is refused when it %s', async (_, bytes, message) => {
    const repo = await freshRepo(mode);
    const error = await failure(store(repo, bytes, 70_000));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toMatch(message);
    expect(repo.hasObject('file', hashFile(HEADER, content))).toBe(false);
  });
});
