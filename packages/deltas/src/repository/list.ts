import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checksum, DeltaEnds } from '@ost/objects';
import { DELTAS_DIRECTORY, formatDeltaName, parseDeltaPath } from '@ost/objects';
import { fileError, isAbsent } from './read-file.js';

const INDEX_SUFFIX = '.index';

/** A delta that a repository holds. */
export interface StoredDelta extends DeltaEnds {
  /** `FROM-TO`, or `TO` for a delta from scratch. */
  readonly name: string;
  /** Its directory. */
  readonly path: string;
}

/**
 * The deltas of the repository at `repository`, in directory order: those directories that have a superblock. Names that
 * are no delta's are passed over.
 */
export async function listDeltas(repository: string): Promise<StoredDelta[]> {
  const found: StoredDelta[] = [];
  for await (const { prefix, name, path } of entriesBelow(join(repository, DELTAS_DIRECTORY))) {
    const ends = parseDeltaPath(`${prefix}/${name}`);
    if (ends === null || !(await exists(join(path, 'superblock')))) continue;
    found.push({ name: formatDeltaName(ends.from, ends.to), ...ends, path });
  }
  return found;
}

/** The target commits of the repository at `repository` that have a delta index, in directory order. */
export async function listDeltaIndexes(repository: string): Promise<Checksum[]> {
  const found: Checksum[] = [];
  for await (const { prefix, name } of entriesBelow(join(repository, 'delta-indexes'))) {
    if (!name.endsWith(INDEX_SUFFIX)) continue;
    const ends = parseDeltaPath(`${prefix}/${name.slice(0, -INDEX_SUFFIX.length)}`);
    if (ends !== null && ends.from === null) found.push(ends.to);
  }
  return found;
}

interface Entry {
  readonly prefix: string;
  readonly name: string;
  readonly path: string;
}

async function* entriesBelow(directory: string): AsyncGenerator<Entry> {
  for (const prefix of await names(directory)) {
    if (prefix.length !== 2) continue;
    for (const name of await names(join(directory, prefix))) {
      yield { prefix, name, path: join(directory, prefix, name) };
    }
  }
}

/** The names in a directory, none if there is no such directory. */
async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw fileError(error, directory);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw fileError(error, path);
  }
}
