import { type Checksum, parseCommit } from '@ost/objects';
import type { Repo } from '../repo.js';
import type { ListingMemory, Walk } from './listing-memory.js';
import type { PruneRoot } from './prune-roots.js';

/** The two objects of a commit's root directory. */
interface RootDirectory {
  readonly contents: Checksum;
  readonly meta: Checksum;
}

/** How many parents a depth stands for. */
const steps = (depth: number): number => (depth === -1 ? Infinity : Math.max(0, depth));

/** What roots reach that is not known yet. */
export interface NewCommits {
  readonly trees: ReadonlyMap<Checksum, RootDirectory>;
  /** Parents that are not there. */
  readonly ends: readonly Checksum[];
}

/**
 * The commits that roots reach and that are not known yet, with their trees. Histories are walked until they come to an
 * earlier root from which as much was reached.
 * @returns null unless each earlier root is reached again, as deeply: something that it kept could go now
 */
export function newCommits(
  repo: Repo,
  roots: Iterable<PruneRoot>,
  before: Walk,
  known: ListingMemory,
): NewCommits | null {
  const earlier = new Map<Checksum, number>();
  for (const [commit, depth] of before.roots) earlier.set(commit, Math.max(earlier.get(commit) ?? 0, steps(depth)));
  const again = new Set<Checksum>();
  const walked = new Map<Checksum, number>();
  const trees = new Map<Checksum, RootDirectory>();
  const ends: Checksum[] = [];
  for (const { commit, depth } of roots) {
    let left = steps(depth);
    for (let current: Checksum | null = commit; current !== null && left >= 0; left--) {
      if ((walked.get(current) ?? -1) >= left) break;
      walked.set(current, left);
      const reached = earlier.get(current);
      if (reached !== undefined && reached <= left) again.add(current);
      if (reached !== undefined && reached >= left) break;
      const bytes = repo.store.readMetadataIfPresent('commit', current);
      if (bytes === null) {
        ends.push(current);
        break;
      }
      const { contents, meta, parent } = parseCommit(bytes);
      if (!known.has('commit', current)) trees.set(current, { contents, meta });
      current = parent;
    }
  }
  return again.size === earlier.size ? { trees, ends } : null;
}
