import * as fs from 'node:fs';
import { type Checksum, encodeFileHeader, OstError } from '@ost/objects';
import { writeAll } from '../platform/files.js';
import { nodeHash } from '../platform/hash.js';
import { inflateStream } from '../platform/inflate-stream.js';
import type { ArchiveStream } from './archive-stream.js';
import { isSymlinkHeader } from './content-file.js';
import type { ObjectWriter } from './object-writer.js';
import { reserveSpace } from './space.js';

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
export async function writeArchivedUnverified(
  writer: ObjectWriter,
  checksum: Checksum,
  bytes: Uint8Array,
): Promise<void> {
  reserveSpace(writer.target.space, bytes.length);
  await publish(writer, checksum, (fd) => writeAll(fd, bytes));
  count(writer, bytes.length);
}

/**
 * Stores a `.filez` object of any size in an archive repository as it comes, with flat memory; it gets its name once its
 * checksum is right.
 * @throws OstError `corrupt` when it does not hash to `checksum`
 */
export async function writeArchivedStream(
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
    for await (const chunk of archivedContent(stream, written())) hasher.update(chunk);
    const actual = hasher.digest();
    if (actual === checksum) return;
    const what = `Corrupted file object; checksum expected='${checksum}' actual='${actual}'`;
    throw new OstError('corrupt', what, { data: { expected: checksum, actual } });
  });
  count(writer, stream.size);
}

/**
 * The content of an object that is still coming: none for a symlink, which nothing may follow. Each piece may be overwritten
 * by the next one.
 */
export async function* archivedContent(
  stream: ArchiveStream,
  body: AsyncIterable<Uint8Array> = stream.body,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!isSymlinkHeader(stream.header)) yield* inflateStream(body, stream.size);
  else for await (const chunk of body) if (chunk.length > 0) throw new OstError('corrupt', 'Symlink with content');
}

function count(writer: ObjectWriter, size: number): void {
  writer.stats.contentTotal++;
  writer.stats.contentWritten++;
  writer.stats.contentBytesWritten += size;
}
