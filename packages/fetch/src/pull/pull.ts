import { fileURLToPath } from 'node:url';
import { OstError } from '@ost/objects';
import { openRepo, type Repo } from '@ost/repo';
import { DeltaPuller } from '../delta/delta-puller.js';
import { fetchSummary, type FetchedSummary, summaryCache } from '../summary/fetch-summary.js';
import { assertPullable, isFileRemote, readRemoteConfig } from '../remote/remote-config.js';
import { checkOptions, type PullOptions, type PullResult } from './options.js';
import { estimateOf } from './delta-estimate.js';
import { makePlan, type PullPlan } from './plan.js';
import { pullDirectory } from './pull-directory.js';
import { pullObjects, requestedCommit } from './pull-objects.js';
import { copySummary, currentCommit, type RefPlan } from './refs.js';
import { readRemoteState, type RemoteState } from './remote-state.js';
import { type Session, withSession } from './session.js';
import { parseRequests, resolveRequests, type Wanted } from './wanted.js';
import { prepareEngines } from '../verify.js';

/**
 * Brings refs and commits of a remote into a repository (transfer format, "Pull algorithm"). Commits are verified before
 * anything of them is stored; refs move when everything below them is there. What a failed or killed pull had fetched
 * is reused by the next one.
 * @throws OstError `not-found`, `network`, `signature`, `corrupt`, `state`, `aborted` ...
 */
export async function pull(repo: Repo, remoteName: string, options: PullOptions = {}): Promise<PullResult> {
  checkOptions(options);
  repo.assertWritable();
  assertPullable(readRemoteConfig(repo, remoteName));
  return withSession(repo, remoteName, options, (session) => pullWith(session));
}

/**
 * Finds out what a pull would do: which commits it would bring, by which deltas, and how much there is to fetch. The
 * commits are verified as the pull would verify them; nothing is stored.
 * @throws OstError as {@link pull}
 */
export async function planPull(repo: Repo, remoteName: string, options: PullOptions = {}): Promise<PullPlan> {
  checkOptions(options);
  assertPullable(readRemoteConfig(repo, remoteName));
  return withSession(repo, remoteName, options, async (session) => {
    const { wanted, refs, deltas } = await prepare(session);
    return makePlan(session, wanted, refs, deltas);
  });
}

/** What a pull knows before it fetches anything that is stored. */
interface Prepared {
  /** The repository of this machine that objects are taken from; null when it is on a server. */
  readonly directory: Repo | null;
  readonly state: RemoteState;
  readonly wanted: readonly Wanted[];
  readonly refs: RefPlan;
  readonly deltas: DeltaPuller | null;
  /** Everything of the remote's summary is wanted. */
  readonly all: boolean;
}

async function prepare(session: Session): Promise<Prepared> {
  const { repo, remote, options, sources, policy } = session;
  for (const engines of [policy.sign, policy.signSummary]) prepareEngines(policy, engines);
  const required = options.requireStaticDeltas === true;
  const directory = sources.localUrl !== null && !required ? await openRepo(fileURLToPath(sources.localUrl)) : null;
  const useDeltas = allowsDeltas(session, directory !== null);
  const requests = parseRequests(remote, options);
  const named = !isFileRemote(remote.name);
  const cached = directory === null && named && repo.writable;
  const state = await readRemoteState(sources.meta, {
    requests,
    policy,
    cache: cached ? summaryCache(repo, remote.name, options.cacheDir) : null,
    deltas: useDeltas,
    given: sources.summary,
    allowOlder: options.allowOlderSummary ?? false,
    local: directory !== null,
  });
  const listed = (state.summary?.summary.deltas.size ?? 0) > 0;
  if (required && !state.indexedDeltas && !listed) {
    const what = 'Fetch configured to require static deltas, but no summary deltas or delta index found';
    throw new OstError('not-found', what);
  }
  const wanted = await resolveRequests(requests, state.summary?.summary ?? null, sources.meta);
  const found = wanted.flatMap(({ ref, commit }) => (ref === null ? [] : [{ name: ref, commit }]));
  options.onProgress?.({ type: 'resolved', refs: found });
  const refs: RefPlan = { repo, remote: named ? remote.name : null, mirror: options.mirror ?? false };
  const deltas = useDeltas ? deltaPuller(session, state, listed) : null;
  return { directory, state, wanted, refs, deltas, all: requests === 'all' };
}

async function pullWith(session: Session): Promise<PullResult> {
  const { repo, options } = session;
  const { directory, state, wanted, refs, deltas, all } = await prepare(session);
  if (options.confirm !== undefined && !(await options.confirm(await makePlan(session, wanted, refs, deltas)))) {
    throw new OstError('aborted', 'The pull was declined');
  }
  let result: PullResult;
  if (directory !== null && (options.subpaths ?? []).length > 0) {
    // Part of a tree is copied object by object, the directory serving as a cache that has everything.
    const cached = { ...session, options: { ...options, localCaches: [directory, ...(options.localCaches ?? [])] } };
    result = asImported(await pullObjects(cached, state, wanted, refs, null));
  } else if (directory !== null) result = await pullDirectory(session, directory, wanted, refs);
  else {
    if (options.dryRun === true) return estimate(session, wanted, refs, deltas);
    result = await pullObjects(session, state, wanted, refs, deltas);
  }
  if (all && state.summary !== null) copySummary(repo, state.summary.files);
  return result;
}

/** What came from a cache counts as imported. */
function asImported(result: PullResult): PullResult {
  const { metadataFetched, contentFetched, metadataLocal, contentLocal } = result.stats;
  return {
    ...result,
    stats: {
      ...result.stats,
      local: true,
      metadataFetched: metadataFetched + metadataLocal,
      contentFetched: contentFetched + contentLocal,
      metadataLocal: 0,
      contentLocal: 0,
    },
  };
}

/** @throws OstError `unsupported` when static deltas are required but cannot be used */
function allowsDeltas({ repo, options }: Session, local: boolean): boolean {
  if (options.requireStaticDeltas === true) {
    if (repo.mode === 'archive') throw new OstError('unsupported', "Can't use static deltas in an archive repo");
    if (options.deltas === undefined) throw new OstError('unsupported', 'Nothing here understands static deltas');
  }
  if (options.deltas === undefined || options.disableStaticDeltas === true || local) return false;
  return repo.mode !== 'archive' && options.commitMetadataOnly !== true;
}

function deltaPuller(session: Session, state: RemoteState, listed: boolean): DeltaPuller | null {
  const { repo, options, sources, policy, counters, signal } = session;
  if (options.deltas === undefined) return null;
  return new DeltaPuller({
    repo,
    source: sources.content,
    applier: options.deltas,
    known: state.summary?.summary.deltas ?? new Map(),
    indexed: state.indexedDeltas,
    listed,
    required: options.requireStaticDeltas ?? false,
    policy,
    counters,
    signal,
    onDelta: (from, to) => options.onProgress?.({ type: 'delta', from, to }),
  });
}

/** What a pull by static deltas would fetch; nothing is stored. */
async function estimate(
  session: Session,
  wanted: readonly Wanted[],
  plan: RefPlan,
  puller: DeltaPuller | null,
): Promise<PullResult> {
  const sum = { parts: 0, fallbacks: 0, size: 0, uncompressedSize: 0 };
  for (const one of wanted) {
    const from = one.ref === null ? null : currentCommit(plan, one.ref, one.collectionId);
    const delta = await puller?.open(requestedCommit(session, plan, one), from);
    if (delta == null) continue;
    const { parts, fallbacks, size, uncompressedSize } = estimateOf(delta);
    sum.parts += parts;
    sum.fallbacks += fallbacks;
    sum.size += size;
    sum.uncompressedSize += uncompressedSize;
  }
  const { counters, client, started } = session;
  return {
    refs: [],
    commits: [],
    estimate: sum,
    stats: {
      local: false,
      metadataFetched: counters.metadataFetched,
      contentFetched: 0,
      metadataLocal: 0,
      contentLocal: 0,
      deltaParts: 0,
      bytesTransferred: client.bytesReceived,
      contentBytesWritten: 0,
      seconds: (performance.now() - started) / 1000,
    },
  };
}

/** Options of {@link fetchRemoteSummary}. */
export type RemoteSummaryOptions = Pick<
  PullOptions,
  | 'allowOlderSummary'
  | 'cacheDir'
  | 'url'
  | 'verifier'
  | 'signal'
  | 'gpgVerifySummary'
  | 'disableSignVerifySummary'
  | 'onProgress'
>;

/**
 * The summary of a remote, verified as the remote's configuration says; null when it has none.
 * @throws OstError as {@link pull}
 */
export async function fetchRemoteSummary(
  repo: Repo,
  remoteName: string,
  options: RemoteSummaryOptions = {},
): Promise<FetchedSummary['summary'] | null> {
  return withSession(repo, remoteName, options, async ({ sources, policy }) => {
    prepareEngines(policy, policy.signSummary);
    const cache = repo.writable ? summaryCache(repo, remoteName, options.cacheDir) : null;
    const fetched = await fetchSummary(sources.meta, {
      policy,
      cache: sources.localUrl === null ? cache : null,
      given: sources.summary,
      allowOlder: options.allowOlderSummary ?? false,
    });
    return fetched?.summary ?? null;
  });
}
