import { type Checksum, OstError } from '@ost/objects';
import { reindexDeltas, type RefLocation, type Repo, updateSummary } from '@ost/repo';
import { pull } from '../pull/pull.js';
import type { PulledRef, PullOptions, PullResult } from '../pull/options.js';
import { copySummary, refLocation, type RefPlan } from '../pull/refs.js';
import { readRemoteState } from '../pull/remote-state.js';
import { type Session, withSession } from '../pull/session.js';
import { assertPullable, readRemoteConfig } from '../remote/remote-config.js';
import { type FetchedSummary, summaryCache } from '../summary/fetch-summary.js';
import type { RemoteRef } from '../summary/remote-summary.js';
import { chooseRefs } from './choose-refs.js';
import { mirrorDeltas, type MirroredDeltas } from './mirror-deltas.js';

/** Options of {@link mirror}. */
export interface MirrorOptions
  extends Omit<
    PullOptions,
    | 'collectionRefs'
    | 'commitMetadataOnly'
    | 'disableStaticDeltas'
    | 'dryRun'
    | 'mirror'
    | 'requireStaticDeltas'
    | 'subpaths'
    | 'timestampCheckFromRev'
  > {
  /** Refs, or patterns such as `app/*` or `**`. None: a full mirror, with the remote's own summary and signature. */
  readonly refs?: readonly string[];
  /** Delete refs that the remote no longer has, in a full mirror. @default false */
  readonly deleteRefs?: boolean;
}

/** Outcome of {@link mirror}. */
export interface MirrorResult {
  readonly refs: readonly PulledRef[];
  readonly deleted: readonly RefLocation[];
  readonly deltas: MirroredDeltas;
  /** `copied`: the remote's, byte for byte; `made`: one of this mirror's own, unsigned. */
  readonly summary: 'copied' | 'made';
  readonly pull: PullResult;
}

/**
 * Keeps a mirror of a remote that can be served on: objects, then refs, then deltas, then the summary. Whoever reads from
 * the mirror meanwhile sees the old state or the new one, and never a ref whose objects are missing.
 * @throws OstError `unsupported` for another repository than an archive; `not-found` without a summary; as {@link pull}
 */
export async function mirror(repo: Repo, remoteName: string, options: MirrorOptions = {}): Promise<MirrorResult> {
  if (repo.mode !== 'archive') {
    throw new OstError('unsupported', `Only an archive repository can be a mirror, not one of mode ${repo.mode}`);
  }
  repo.assertWritable();
  assertPullable(readRemoteConfig(repo, remoteName));
  return withSession(repo, remoteName, options, (session) => mirrorWith(session, options));
}

async function mirrorWith(session: Session, options: MirrorOptions): Promise<MirrorResult> {
  const { repo, remote } = session;
  const { refs: patterns = [], deleteRefs = false, ...pullOptions } = options;
  const summary = await readSummary(session);
  const chosen = chooseRefs(summary.summary.list(), patterns);
  if (chosen.length === 0) throw new OstError('not-found', `Remote "${remote.name}" has no refs`);
  const pulled = await pull(repo, remote.name, {
    ...pullOptions,
    ...pinned(chosen),
    mirror: true,
    disableStaticDeltas: true,
  });
  const deltas = await copyDeltas(session, summary, pulled.commits);
  const full = patterns.length === 0;
  // What a file of the remote says is true here only if everything of it is here.
  if (full) copySummary(repo, summary.files);
  else await updateSummary(repo);
  const plan: RefPlan = { repo, remote: remote.name, mirror: true };
  const deleted = full && deleteRefs ? await deleteOthers(plan, chosen) : [];
  return { refs: pulled.refs, deleted, deltas, summary: full ? 'copied' : 'made', pull: pulled };
}

async function readSummary(session: Session): Promise<FetchedSummary> {
  const { repo, remote, options, sources, policy } = session;
  const local = sources.localUrl !== null;
  const state = await readRemoteState(sources.meta, {
    requests: 'all',
    policy,
    cache: local ? null : summaryCache(repo, remote.name, options.cacheDir),
    deltas: false,
    given: sources.summary,
    allowOlder: options.allowOlderSummary ?? false,
    local,
  });
  return state.summary as FetchedSummary;
}

/** Exactly what the summary says, whatever the remote turns into while we read. */
function pinned(refs: readonly RemoteRef[]): Pick<PullOptions, 'collectionRefs' | 'refs'> {
  const plain = refs.filter(({ collectionId }) => collectionId === null);
  return {
    refs: plain.map(({ name, commit }) => `${name}@${commit}`),
    collectionRefs: refs.flatMap(({ name, collectionId, commit }) =>
      collectionId === null ? [] : [{ name, collectionId, commit }],
    ),
  };
}

async function copyDeltas(
  { repo, options, sources, signal }: Session,
  { summary }: FetchedSummary,
  commits: readonly Checksum[],
): Promise<MirroredDeltas> {
  if (options.deltas === undefined) return { copied: 0, bytes: 0 };
  const copied = await mirrorDeltas(
    {
      repo,
      source: sources.content,
      applier: options.deltas,
      known: summary.deltas,
      indexed: summary.indexedDeltas,
      signal,
    },
    commits,
  );
  if (copied.copied > 0) reindexDeltas(repo);
  return copied;
}

/** Deletes the refs that the remote does not have. */
async function deleteOthers(plan: RefPlan, refs: readonly RemoteRef[]): Promise<RefLocation[]> {
  const { repo } = plan;
  const key = ({ name, collection }: RefLocation): string => `${collection ?? ''}:${name}`;
  const kept = new Set(refs.map(({ name, collectionId }) => key(refLocation(plan, name, collectionId))));
  const here: RefLocation[] = [
    ...repo.listRefs().flatMap(({ remote, name }) => (remote === null ? [{ name }] : [])),
    ...repo.listMirrorRefs().map(({ name, collection }) => ({ name, collection })),
  ];
  const others = here.filter((location) => !kept.has(key(location)));
  await repo.withTransaction(async (transaction) => {
    for (const location of others) transaction.setRef(location, null);
  });
  return others;
}
