import { type Checksum, parseDeltaName } from '@ost/objects';
import type { Repo } from '@ost/repo';

/** How a commit is best fetched (transfer format, "Per commit: what to request"). */
export type DeltaChoice =
  | { readonly type: 'unchanged' }
  | { readonly type: 'delta'; readonly from: Checksum | null }
  | { readonly type: 'none' };

/** True when all objects of a commit are here. */
export function isComplete(repo: Repo, commit: Checksum): boolean {
  return repo.hasObject('commit', commit) && repo.partialState(commit) === 'complete';
}

/**
 * Chooses among the deltas that lead to a commit: the one from the newest commit that is complete here, else the one
 * from nothing, unless an older commit of the ref is here and objects are likely the cheaper way.
 * @param known names of the deltas that the remote has
 * @param from commit that the ref has here, if any
 */
export function chooseDelta(
  repo: Repo,
  known: Iterable<string>,
  to: Checksum,
  from: Checksum | null,
  required: boolean,
): DeltaChoice {
  if (isComplete(repo, to)) return { type: 'unchanged' };
  let best: { readonly from: Checksum; readonly timestamp: bigint } | null = null;
  let scratch = false;
  for (const name of known) {
    if (!name.endsWith(to)) continue;
    const ends = parseDeltaName(name);
    if (ends.from === null) scratch = true;
    else if (isComplete(repo, ends.from)) {
      const { timestamp } = repo.loadCommit(ends.from);
      if (best === null || timestamp > best.timestamp) best = { from: ends.from, timestamp };
    }
  }
  if (best !== null) return { type: 'delta', from: best.from };
  if (scratch && (from === null || required)) return { type: 'delta', from: null };
  return { type: 'none' };
}
