import { OstError } from '@ost/objects';
import { ByteReader } from './byte-reader.js';
import type { Decompressor } from './decompressors.js';
import type { ArchiveEntry } from './entry.js';
import { ARCHIVE_LIMITS } from './limits.js';
import { isCpio, readCpio } from './read-cpio.js';
import { readTar } from './read-tar.js';
import { BLOCK, isTarHeader, isZeroBlock } from './tar-header.js';

/**
 * Finds out what an archive is and is compressed with, and reads its entries: tar in all its forms, or cpio.
 * A stream without a byte is an archive without an entry.
 * @throws OstError `corrupt` (`Unrecognized archive format`)
 */
export async function openArchive(
  source: AsyncIterable<Uint8Array>,
  decompressors: readonly Decompressor[],
  signal?: AbortSignal,
): Promise<AsyncGenerator<ArchiveEntry, void, undefined>> {
  let reader = new ByteReader(source);
  try {
    let start = await reader.peek(BLOCK);
    for (let times = 0; ; times++) {
      const compression = decompressors.find((decompressor) => decompressor.matches(start));
      if (compression === undefined) return entries(reader, formatOf(start));
      if (times === ARCHIVE_LIMITS.nestedCompression) throw new OstError('limit', 'Archive is compressed too often');
      reader = new ByteReader(compression.decompress(reader.rest(), signal));
      start = await reader.peek(BLOCK);
    }
  } catch (error) {
    await reader.close();
    throw error;
  }
}

type Format = (reader: ByteReader) => AsyncGenerator<ArchiveEntry, void, undefined>;

function formatOf(start: Uint8Array): Format {
  if (isCpio(start)) return readCpio;
  if (start.length === 0 || isTarHeader(start) || (start.length === BLOCK && isZeroBlock(start))) return readTar;
  throw new OstError('corrupt', 'Unrecognized archive format');
}

async function* entries(reader: ByteReader, read: Format): AsyncGenerator<ArchiveEntry, void, undefined> {
  try {
    yield* read(reader);
    await drain(reader);
  } finally {
    await reader.close();
  }
}

/** Reads to the end of the stream: padding, and where it is compressed its checksum. */
async function drain(reader: ByteReader): Promise<void> {
  let seen = 0;
  for await (const { length } of reader.rest()) {
    seen += length;
    if (seen > ARCHIVE_LIMITS.trailing) return;
  }
}
