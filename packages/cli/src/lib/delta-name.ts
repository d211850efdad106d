import * as path from 'node:path';
import { DELTAS_DIRECTORY, type DeltaEnds, deltaPath, toChecksum } from '@ost/objects';
import type { Repo } from '@ost/repo';

/**
 * Parses `FROM-TO` or `TO`.
 * @throws OstError `invalid-name` (`Invalid rev X`)
 */
export function deltaEnds(name: string): DeltaEnds {
  const at = name.indexOf('-');
  if (at === -1) return { from: null, to: toChecksum(name) };
  return { from: toChecksum(name.slice(0, at)), to: toChecksum(name.slice(at + 1)) };
}

/** Directory in which a repository keeps a delta. */
export function deltaDirectory(repo: Repo, name: string): string {
  const { from, to } = deltaEnds(name);
  return path.join(repo.path, DELTAS_DIRECTORY, deltaPath(from, to));
}
