import * as fs from 'node:fs';
import { type Checksum, encodeFileHeader, OstError } from '@ost/objects';
import { nodeHash, type ObjectWriter, reserveSpace } from '@ost/repo';
import type { ArchiveStream } from './archive-stream.js';
import { inflateStream } from './inflate.js';

const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;

function writeAll(fd: number, data: Uint8Array): void {
  for (let done = 0; done < data.length; ) done += fs.writeSync(fd, data, done);
}

/** Fills a temporary file and makes it an object; removes it when anything fails. */
async function publish(
  writer: ObjectWriter,
  checksum: Checksum,
  fill: (fd: number) => Promise<void> | void,
): Promise<void> {
  const temporary = writer.temporaryPath();
  const fd = fs.openSync(temporary, 'wx', 0o600);
  try {
    try {
      await fill(fd);
      fs.fchmodSync(fd, 0o644);
      if (writer.target.syncObjects) fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    writer.adopt(temporary, 'file', checksum);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Stores a whole `.filez` object in an archive repository without looking into it. */
export async function storeUnverified(writer: ObjectWriter, checksum: Checksum, bytes: Uint8Array): Promise<void> {
  reserveSpace(writer.target.space, bytes.length);
  await publish(writer, checksum, (fd) => writeAll(fd, bytes));
  count(writer, bytes.length);
}

/** Stores a large object in an archive repository as it comes; it gets its name once its checksum is right. */
export async function storeArchivedStream(
  writer: ObjectWriter,
  checksum: Checksum,
  stream: ArchiveStream,
  options: { readonly trusted: boolean },
): Promise<void> {
  reserveSpace(writer.target.space, stream.size);
  await publish(writer, checksum, async (fd) => {
    writeAll(fd, stream.head);
    async function* written(): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of stream.body) {
        writeAll(fd, chunk);
        yield chunk;
      }
    }
    if (options.trusted) {
      for await (const _ of written());
      return;
    }
    const hasher = nodeHash.create();
    hasher.update(encodeFileHeader(stream.header));
    for await (const chunk of contentOf(stream, written())) hasher.update(chunk);
    const actual = hasher.digest();
    if (actual === checksum) return;
    const what = `Corrupted file object; checksum expected='${checksum}' actual='${actual}'`;
    throw new OstError('corrupt', what, { data: { expected: checksum, actual } });
  });
  count(writer, stream.size);
}

/** The content of an object: none for a symlink, whatever follows its header. */
export async function* contentOf(
  stream: ArchiveStream,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if ((stream.header.mode & S_IFMT) !== S_IFLNK) yield* inflateStream(body, stream.size);
  else for await (const chunk of body) if (chunk.length > 0) throw new OstError('corrupt', 'Symlink with content');
}

function count(writer: ObjectWriter, size: number): void {
  writer.stats.contentTotal++;
  writer.stats.contentWritten++;
  writer.stats.contentBytesWritten += size;
}
