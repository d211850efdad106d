import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HashProvider } from '@ost/objects';
import type { FetchPart } from '../apply/part.js';
import type { Superblock } from '../format/superblock.js';
import { parseSuperblock } from '../format/superblock.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';
import { fileError, readBounded } from './read-file.js';

/** A delta on disk. */
export interface DeltaFiles {
  readonly superblock: Superblock;
  /** The superblock file as stored; its SHA-256 is what indexes and summaries list. */
  readonly bytes: Uint8Array;
  /** Reads a part that is beside the superblock. */
  readonly fetchPart: FetchPart;
}

/** Options of {@link openDelta}. */
export interface OpenDeltaOptions {
  readonly hash?: HashProvider;
  readonly limits?: Partial<DeltaLimits>;
}

/**
 * Reads a delta from a directory that has a `superblock` file, or from a superblock file under any name with its parts
 * (if they are not inline) beside it.
 */
export async function openDelta(path: string, options: OpenDeltaOptions = {}): Promise<DeltaFiles> {
  const info = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  const file = info.isDirectory() ? join(path, 'superblock') : path;
  const limits = deltaLimits(options.limits);
  const bytes = await readBounded(file, limits.inlineSuperblockSize, 'static delta superblock');
  const superblock = parseSuperblock(bytes, { ...options, offline: true });
  const directory = dirname(file);
  return {
    superblock,
    bytes,
    fetchPart: (index, header) =>
      readBounded(join(directory, String(index)), Math.min(header.size, limits.partSize), 'static delta part'),
  };
}
