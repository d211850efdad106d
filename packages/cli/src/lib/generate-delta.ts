import * as fs from 'node:fs';
import * as path from 'node:path';
import { type CompileOptions, type CompileStats, writeDelta } from '@ost/deltas';
import type { DeltaEnds } from '@ost/objects';
import { formatDeltaName } from '@ost/objects';
import { nodeHash, type Repo } from '@ost/repo';
import { deltaDirectory } from './delta-name.js';
import { deltaObjects } from './delta-objects.js';
import { deltaWorkers } from './delta-tasks.js';

/** True when the repository has a delta of this name. */
export function hasDelta(repo: Repo, name: string): boolean {
  return fs.existsSync(path.join(deltaDirectory(repo, name), 'superblock'));
}

/**
 * Makes a delta between two commits of a repository.
 * @param file the superblock to write, null for the place in the repository
 */
export async function generateDelta(
  repo: Repo,
  ends: DeltaEnds,
  file: string | null,
  options: Omit<CompileOptions, keyof DeltaEnds>,
): Promise<CompileStats> {
  if (file === null) repo.assertWritable();
  const inRepo = path.join(deltaDirectory(repo, formatDeltaName(ends.from, ends.to)), 'superblock');
  const destination =
    file === null
      ? { superblock: inRepo, temporaryIn: path.join(repo.path, 'tmp'), owned: true }
      : { superblock: file, temporaryIn: path.dirname(file) };
  const { stats } = await writeDelta(deltaObjects(repo.store), destination, {
    ...options,
    ...ends,
    detachedMetadata: repo.readDetachedMetadata(ends.to),
    hash: nodeHash,
    workers: deltaWorkers(repo.target),
  });
  return stats;
}
