import { type Checksum, COMMIT_KEYS, metadataValue } from '@ost/objects';
import type { DeltaPuller } from '../delta/delta-puller.js';
import { acceptCommit } from './accept-commit.js';
import { inspectCommit } from './inspect-commit.js';
import { type MissingObjects, missingObjects } from './missing-sizes.js';
import { estimateOf } from './delta-estimate.js';
import type { DeltaEstimate } from './options.js';
import { requestedCommit } from './pull-objects.js';
import { currentCommit, type RefPlan } from './refs.js';
import type { Session } from './session.js';
import type { Wanted } from './wanted.js';

/** One commit that a pull would bring. */
export interface PlannedCommit {
  /** Null for a commit that was asked for by its checksum. */
  readonly ref: string | null;
  readonly collectionId: string | null;
  readonly commit: Checksum;
  /** What the ref is now; null when it is new. */
  readonly previous: Checksum | null;
  readonly subject: string;
  /** Its `version`, if it has one. */
  readonly version: string | null;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
  /**
   * `present`: all of it is here; `import`: from a directory of this machine; `delta`: by a static delta; `objects`: one
   * by one.
   */
  readonly how: 'present' | 'import' | 'delta' | 'objects';
  /** The delta that was chosen. */
  readonly delta: (DeltaEstimate & { readonly from: Checksum | null }) | null;
  /** The objects that are missing here; null when the commit does not tell. */
  readonly missing: MissingObjects | null;
}

/** What a pull would do. Its commits have been verified; nothing has been stored. */
export interface PullPlan {
  readonly remote: string;
  readonly commits: readonly PlannedCommit[];
  /** Bytes to fetch, near enough; null when something does not tell. Parents are not counted. */
  readonly bytes: number | null;
}

/**
 * Finds out what a pull would do.
 * @throws OstError as the pull, for a commit that it would refuse
 */
export async function makePlan(
  session: Session,
  wanted: readonly Wanted[],
  refs: RefPlan,
  deltas: DeltaPuller | null,
): Promise<PullPlan> {
  const commits: PlannedCommit[] = [];
  for (const one of wanted) commits.push(await planCommit(session, one, refs, deltas));
  const bytes = commits.map(({ how, delta, missing }) => {
    if (how === 'present' || how === 'import') return 0;
    return delta?.size ?? missing?.bytes ?? null;
  });
  const known = bytes.every((count) => count !== null);
  return {
    remote: session.remote.name,
    commits,
    bytes: known ? bytes.reduce<number>((sum, count) => sum + (count ?? 0), 0) : null,
  };
}

async function planCommit(
  session: Session,
  wanted: Wanted,
  refs: RefPlan,
  deltas: DeltaPuller | null,
): Promise<PlannedCommit> {
  const { repo, remote, options, sources } = session;
  const { ref, collectionId, commit: checksum } = wanted;
  const request = requestedCommit(session, refs, wanted);
  const previous = ref === null ? null : currentCommit(refs, ref, collectionId);
  const opened = (await deltas?.open(request, previous)) ?? null;
  const embedded = opened === null ? undefined : { bytes: opened.commit, detached: opened.detachedMetadata };
  const commit = await inspectCommit(session, request, embedded);
  const bindings = options.disableVerifyBindings === true ? undefined : { collectionId: remote.collectionId };
  acceptCommit(repo, bindings, request, commit);
  const present = repo.hasObject('commit', checksum) && repo.partialState(checksum) === 'complete';
  const local = sources.localUrl !== null && options.requireStaticDeltas !== true;
  return {
    ref,
    collectionId,
    commit: checksum,
    previous,
    subject: commit.subject,
    version: metadataValue(commit.metadata, COMMIT_KEYS.version, 's') ?? null,
    timestamp: commit.timestamp,
    how: present ? 'present' : local ? 'import' : opened === null ? 'objects' : 'delta',
    delta: opened === null ? null : { from: opened.from, ...estimateOf(opened) },
    missing: present ? null : missingObjects([repo, ...(options.localCaches ?? [])], commit),
  };
}
