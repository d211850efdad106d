import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, type DeltaEnds, DELTAS_DIRECTORY, parseDeltaPath } from '@ost/objects';
import { listIfPresent } from '../platform/files.js';
import type { Repo } from '../repo.js';

/** Removes the static deltas that `doomed` says. */
export function removeDeltas(repo: Repo, doomed: (delta: DeltaEnds) => boolean): void {
  const base = path.join(repo.path, DELTAS_DIRECTORY);
  for (const prefix of listIfPresent(base)) {
    for (const name of listIfPresent(path.join(base, prefix))) {
      const delta = parseDeltaPath(`${prefix}/${name}`);
      if (delta !== null && doomed(delta)) fs.rmSync(path.join(base, prefix, name), { recursive: true });
    }
  }
}

/** Removes static deltas to commits that are gone. */
export function pruneDeltas(repo: Repo): void {
  removeDeltas(repo, ({ to }) => !repo.hasObject('commit', to));
}

/** Removes the static deltas that lead to one commit. */
export function deleteDeltasTo(repo: Repo, commit: Checksum): void {
  repo.assertWritable();
  removeDeltas(repo, ({ to }) => to === commit);
}

/** Removes cached summaries of remotes that are no longer configured. */
export function pruneSummaryCache(repo: Repo): void {
  const base = path.join(repo.path, 'tmp/cache/summaries');
  const known = new Set(repo.keyFile.groups().map((group) => /^remote "(.+)"$/.exec(group)?.[1]));
  for (const name of listIfPresent(base)) {
    if (!known.has(name.replace(/\.sig$/, ''))) fs.rmSync(path.join(base, name), { force: true });
  }
}
