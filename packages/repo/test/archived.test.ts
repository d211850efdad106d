import { Buffer } from 'node:buffer';
import { constants, deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Checksum, encodeArchiveHeader, type FileHeader, isOstError } from '@ost/objects';
import { hashFile, type Repo } from '@ost/repo';
import { freshRepo } from './support/repos.js';

const HEADER: FileHeader = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
const content = Buffer.from('some content that is longer than its header\n'.repeat(50));
const large = Buffer.alloc(9 << 20, 'y');

interface Arrival {
  readonly name: Checksum;
  readonly bytes: Uint8Array;
}

function arrival(body: Uint8Array, packed: Uint8Array = deflateRawSync(body), size: number = body.length): Arrival {
  return { name: hashFile(HEADER, body), bytes: Buffer.concat([encodeArchiveHeader(HEADER, size), packed]) };
}

async function write(repo: Repo, { name, bytes }: Arrival): Promise<void> {
  await repo.withTransaction(async ({ writer }) => writer.writeArchived(name, bytes));
}

// Much is unpacked by libdeflate, where it is installed.
describe.each([
  ['archive', 0],
  ['archive', 8 << 20],
  ['bare-user', 8 << 20],
] as const)('objects that arrive in archive form at a repository of mode %s, after %i bytes', (mode, before) => {
  beforeAll(async () => write(await freshRepo(mode), arrival(Buffer.alloc(before, 'z'))));

  it('are stored, whatever their size', async () => {
    const repo = await freshRepo(mode);
    const bodies = [new Uint8Array(), Buffer.of(0), content, Buffer.alloc(200_000, 'x'), large];
    for (const body of bodies) await write(repo, arrival(body));
    for (const body of bodies) {
      const file = repo.loadFile(hashFile(HEADER, body));
      expect(Buffer.compare(file.read(), body)).toBe(0);
    }
  });

  it.each([
    ['cut off', arrival(content, deflateRawSync(content).subarray(0, -3)), 'unexpected end of file'],
    ['not compressed', arrival(content, content), 'Invalid compressed data: '],
    [
      'with something behind the end',
      arrival(content, Buffer.concat([deflateRawSync(content), Buffer.of(0)])),
      'trailing',
    ],
    [
      'large, with something behind the end',
      arrival(large, Buffer.concat([deflateRawSync(large), Buffer.alloc(70_000)])),
      'trailing',
    ],
    ['large and longer than announced', arrival(large, deflateRawSync(large), 8 << 20), 'exceeds 8388608 bytes'],
    ['longer than announced', arrival(content, deflateRawSync(content), 10), 'exceeds 10 bytes'],
    [
      'shorter than announced',
      arrival(content.subarray(1), deflateRawSync(content.subarray(1)), 5000),
      'Expected 5000 bytes',
    ],
    ['of other content', { ...arrival(content), bytes: arrival(content.subarray(1)).bytes }, 'Corrupted file object'],
  ])('are refused when they are %s, and the next is not harmed', async (_, bad, message) => {
    const repo = await freshRepo(mode);
    const error = await write(repo, bad).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isOstError(error) && error.code).toBe('corrupt');
    expect((error as Error).message).toContain(message);
    expect(repo.hasObject('file', bad.name)).toBe(false);
    await write(repo, arrival(Buffer.from('good')));
    expect(Buffer.from(repo.loadFile(hashFile(HEADER, Buffer.from('good'))).read()).toString()).toBe('good');
  });

  it('are read one after the other without mixing', async () => {
    const repo = await freshRepo(mode);
    const stored = arrival(
      Buffer.from('empty blocks'),
      deflateRawSync(Buffer.from('empty blocks'), { flush: constants.Z_FULL_FLUSH }),
    );
    await write(repo, arrival(content));
    await write(repo, stored);
    const [first, second] = [repo.loadFile(arrival(content).name).read(), repo.loadFile(stored.name).read()];
    expect(Buffer.from(first)).toEqual(content);
    expect(Buffer.from(second).toString()).toBe('empty blocks');
  });
});
