import type { Checksum } from '@ost/objects';
import { type Repo, refspecOf } from '@ost/repo';

/** A ref's newest commit and those before it that deltas can start from. */
export interface RefHistory {
  readonly ref: string;
  readonly tip: Checksum;
  /** Parents of the tip, nearest first. */
  readonly earlier: readonly Checksum[];
}

/**
 * Follows refs back through commits that are here with all they hold.
 * @param refs all local ones if there are none
 */
export function refHistories(repo: Repo, refs: readonly string[], depth: number): RefHistory[] {
  const named =
    refs.length > 0
      ? refs.map((ref) => ({ ref, tip: repo.resolve(ref) }))
      : repo
          .listRefs()
          .filter(({ remote }) => remote === null)
          .map((entry) => ({ ref: refspecOf(entry), tip: entry.checksum }));
  return named.map(({ ref, tip }) => ({ ref, tip, earlier: earlierCommits(repo, tip, depth) }));
}

function earlierCommits(repo: Repo, tip: Checksum, depth: number): Checksum[] {
  const found: Checksum[] = [];
  let next = repo.loadCommit(tip).parent;
  while (next !== null && found.length < depth) {
    if (!repo.hasObject('commit', next) || repo.partialState(next) !== 'complete') break;
    found.push(next);
    next = repo.loadCommit(next).parent;
  }
  return found;
}
