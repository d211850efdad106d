import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { errnoOf, ioError, isAbsent } from '../platform/fs-errors.js';
import { DECOMPRESSORS, type Decompressor } from './decompressors.js';
import type { ArchiveEntry } from './entry.js';
import { openArchive } from './open-archive.js';

/**
 * A tar archive (or one of cpio) as a layer of a commit, plain or compressed with gzip, xz, zstd, bzip2, lz4 or lzma.
 * It is read once from front to back, with flat memory.
 */
export interface TarTreeSource {
  readonly type: 'tar';
  /** Path of the archive, or its bytes as they come. */
  readonly source: string | AsyncIterable<Uint8Array>;
  /** Make parent directories that the archive lacks, with mode 0755 and the owner of the entry. @default false */
  readonly autocreateParents?: boolean;
  /** Changes paths, and what hard links point at, before anything else; see {@link tarPathnameFilter}. */
  readonly rename?: (path: string) => string;
  /**
   * Leave extended attributes out. `ostree commit --canonical-permissions` keeps those of archives though it drops those
   * of directories.
   * @default what the modifier says
   */
  readonly noXattrs?: boolean;
  /** How to read compressed archives, the first match counts. @default DECOMPRESSORS */
  readonly decompressors?: readonly Decompressor[];
}

const CHUNK = 1 << 20;

/**
 * Opens the archive of a layer.
 * @throws OstError with libarchive's words when it cannot be opened or is no archive
 */
export async function openTarSource(
  { source, decompressors = DECOMPRESSORS }: TarTreeSource,
  signal?: AbortSignal,
): Promise<AsyncIterable<ArchiveEntry>> {
  const opening = typeof source === 'string' ? 'archive_read_open_filename: ' : 'archive_read_open_fd: ';
  try {
    return await openArchive(typeof source === 'string' ? fileBytes(source) : source, decompressors, signal);
  } catch (error) {
    throw error instanceof OstError ? error.withPrefix(opening) : error;
  }
}

async function* fileBytes(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* fs.createReadStream(file, { highWaterMark: CHUNK });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    if (isAbsent(error)) throw new OstError('not-found', `Failed to open '${file}'`, { cause: error, data: { file } });
    const doing = (error as NodeJS.ErrnoException).syscall === 'open' ? 'Failed to open' : 'Error reading';
    throw ioError(error, `${doing} '${file}'`);
  }
}
