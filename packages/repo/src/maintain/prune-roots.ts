import type { Checksum } from '@ost/objects';
import { type RefEntry, refspecOf } from '../refs/list.js';
import type { Repo } from '../repo.js';
import type { PruneOptions } from './prune.js';

/** A commit to keep. */
export interface PruneRoot {
  /** The ref that keeps it; null for every commit when all are kept, and for an alias, which goes with its ref. */
  readonly ref: string | null;
  readonly commit: Checksum;
  /** Parents to keep with it, -1 all. */
  readonly depth: number;
}

/**
 * What a prune keeps (repository format, "prune").
 * @param commits every commit object of the repository
 * @throws OstError `not-found` when a ref of `onlyBranches` does not exist
 */
export function* pruneRoots(repo: Repo, options: PruneOptions, commits: Iterable<Checksum>): Generator<PruneRoot> {
  const { retainBranchDepth, keepYoungerThan, onlyBranches, depth = -1 } = options;
  if (retainBranchDepth !== undefined || keepYoungerThan !== undefined || onlyBranches !== undefined) {
    yield* rootsPerRef(repo, options);
  } else if (options.refsOnly === true) {
    for (const entry of repo.listRefs()) yield { ref: nameOf(entry), commit: entry.checksum, depth };
    for (const { collection, name, checksum } of repo.listMirrorRefs()) {
      yield { ref: `(${collection}, ${name})`, commit: checksum, depth };
    }
  } else for (const commit of commits) yield { ref: null, commit, depth };
}

function nameOf(entry: RefEntry): string | null {
  return entry.alias === null ? refspecOf(entry) : null;
}

/** The rules per ref, first match wins. */
function* rootsPerRef(repo: Repo, options: PruneOptions): Generator<PruneRoot> {
  const { retainBranchDepth, onlyBranches, keepYoungerThan, depth = -1 } = options;
  for (const ref of onlyBranches ?? []) repo.resolve(ref);
  for (const entry of repo.listRefs()) {
    const refspec = refspecOf(entry);
    const ref = nameOf(entry);
    const commit = entry.checksum;
    const retain = retainBranchDepth?.get(refspec) ?? 0;
    if (retain !== 0) yield { ref, commit, depth: retain };
    else if (onlyBranches !== undefined && !onlyBranches.includes(refspec)) yield { ref, commit, depth: -1 };
    else if (keepYoungerThan !== undefined) yield* youngerRoots(repo, ref, commit, keepYoungerThan);
    else yield { ref, commit, depth };
  }
}

function* youngerRoots(repo: Repo, ref: string | null, tip: Checksum, since: bigint): Generator<PruneRoot> {
  yield { ref, commit: tip, depth: 0 };
  let parent = repo.hasObject('commit', tip) ? repo.loadCommit(tip).parent : null;
  while (parent !== null && repo.hasObject('commit', parent)) {
    const commit = repo.loadCommit(parent);
    if (commit.timestamp < since) return;
    yield { ref, commit: parent, depth: 0 };
    parent = commit.parent;
  }
}
