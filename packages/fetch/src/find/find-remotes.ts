import { type Checksum, isOstError, type OstError } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { inspectCommit } from '../pull/inspect-commit.js';
import type { CollectionRef, PullOptions } from '../pull/options.js';
import { withSession } from '../pull/session.js';
import { readRemoteConfig, type RemoteConfig, requireUrl } from '../remote/remote-config.js';
import { fetchSummary } from '../summary/fetch-summary.js';
import { SummaryCache } from '../summary/cache.js';
import type { RemoteRef } from '../summary/remote-summary.js';
import type { Candidate, RepoFinder } from './finder.js';

/** A repository that has the newest commit of at least one wanted ref. */
export interface FoundRemote {
  readonly finder: string;
  readonly priority: number;
  readonly url: string;
  /** True when the URL is that of the remote's configuration. */
  readonly configured: boolean;
  /** Configured remote whose keys count and whose refs these become. */
  readonly remote: string;
  /** When the summary was made; null when it does not say. */
  readonly summaryModified: bigint | null;
  /** Commits of the wanted refs, in their order; null where it has none, or an older one than another repository. */
  readonly refs: readonly { readonly ref: CollectionRef; readonly commit: Checksum | null }[];
}

/** Outcome of {@link findRemotes}. */
export interface FindResult {
  /** Best first. */
  readonly found: readonly FoundRemote[];
  /** Refs that nobody has. */
  readonly missing: readonly CollectionRef[];
  /** Places that could not be asked; for a finder that could not look at all, its name. */
  readonly failures: readonly { readonly url: string; readonly error: OstError }[];
}

/** Options of {@link findRemotes}: how summaries and commits are fetched and verified. */
export type FindOptions = Pick<PullOptions, 'cacheDir' | 'signal' | 'userAgent' | 'verifier'>;

interface Answer {
  readonly finder: RepoFinder;
  readonly candidate: Candidate;
  readonly url: string;
  readonly summaryModified: bigint | null;
  readonly refs: Map<CollectionRef, { readonly commit: Checksum; readonly timestamp: bigint }>;
}

/**
 * Pull options under which commits of a remote's collection may come from anywhere: they must be signed, whatever brings
 * them, and the summary need not be.
 */
export function signedCommits(remote: RemoteConfig): Pick<PullOptions, 'gpgVerify' | 'gpgVerifySummary' | 'untrusted'> {
  return { gpgVerify: remote.gpgVerify || remote.signVerify === 'off', gpgVerifySummary: false, untrusted: true };
}

/**
 * Finds the repositories that have the newest commits of refs (transfer format, "find-remotes").
 * @throws OstError `aborted`; a repository that cannot be read, or a finder that cannot look, is only reported
 */
export async function findRemotes(
  repo: Repo,
  wanted: readonly CollectionRef[],
  finders: readonly RepoFinder[],
  options: FindOptions = {},
): Promise<FindResult> {
  const failures: { url: string; error: OstError }[] = [];
  const asked = finders.map(async (finder) => {
    try {
      const candidates = await finder.candidates(repo, wanted, options.signal);
      return await Promise.all(candidates.map((candidate) => ask(repo, finder, candidate, options, failures)));
    } catch (error) {
      if (!isOstError(error) || options.signal?.aborted === true) throw error;
      failures.push({ url: finder.name, error });
      return [];
    }
  });
  const answers = consistent((await Promise.all(asked)).flat().filter((answer) => answer !== null));
  const newest = new Map<CollectionRef, { commit: Checksum; timestamp: bigint }>();
  for (const { refs } of answers) {
    for (const [ref, found] of refs) {
      if (found.timestamp > (newest.get(ref)?.timestamp ?? -1n)) newest.set(ref, found);
    }
  }
  const found = answers.map(
    (answer): FoundRemote => ({
      finder: answer.finder.name,
      priority: answer.finder.priority,
      url: answer.url,
      configured: answer.candidate.url === null,
      remote: answer.candidate.remote,
      summaryModified: answer.summaryModified,
      refs: wanted.map((ref) => {
        const commit = answer.refs.get(ref)?.commit ?? null;
        return { ref, commit: commit !== null && commit === newest.get(ref)?.commit ? commit : null };
      }),
    }),
  );
  return {
    found: found.filter(({ refs }) => refs.some(({ commit }) => commit !== null)).sort(better),
    missing: wanted.filter((ref) => !newest.has(ref)),
    failures,
  };
}

async function ask(
  repo: Repo,
  finder: RepoFinder,
  candidate: Candidate,
  options: FindOptions,
  failures: { url: string; error: OstError }[],
): Promise<Answer | null> {
  const remote = readRemoteConfig(repo, candidate.remote);
  const url = candidate.url ?? remote.metalink ?? requireUrl(remote);
  try {
    return await readAnswer(repo, finder, candidate, url, { ...options, ...signedCommits(remote) });
  } catch (error) {
    if (!isOstError(error) || options.signal?.aborted === true) throw error;
    failures.push({ url, error });
    return null;
  }
}

async function readAnswer(
  repo: Repo,
  finder: RepoFinder,
  candidate: Candidate,
  url: string,
  options: PullOptions,
): Promise<Answer | null> {
  const session = candidate.url === null ? options : { ...options, url };
  return withSession(repo, candidate.remote, session, async (opened) => {
    const { sources, policy } = opened;
    // The cache belongs to the remote as it is configured.
    const cached = candidate.url === null && sources.localUrl === null && repo.writable;
    const cache = cached ? new SummaryCache(repo, candidate.remote, options.cacheDir) : null;
    const fetched = await fetchSummary(sources.meta, { policy, cache, given: sources.summary });
    if (fetched === null) return null;
    const refs: Answer['refs'] = new Map();
    const timestamp = async ({ commit, commitSize, timestamp: told }: RemoteRef): Promise<bigint> =>
      told ?? (await inspectCommit(opened, { checksum: commit, size: commitSize })).timestamp;
    for (const ref of candidate.refs) {
      const offered = fetched.summary.lookup(ref.name, ref.collectionId);
      if (offered === null || (ref.commit !== undefined && ref.commit !== offered.commit)) continue;
      refs.set(ref, { commit: offered.commit, timestamp: await timestamp(offered) });
    }
    return { finder, candidate, url, summaryModified: fetched.summary.lastModified, refs };
  });
}

/** Leaves out who tells another time of a commit than those before. */
function consistent(answers: readonly Answer[]): Answer[] {
  const times = new Map<Checksum, bigint>();
  return answers.filter(({ refs }) => {
    const found = [...refs.values()];
    if (found.some(({ commit, timestamp }) => (times.get(commit) ?? timestamp) !== timestamp)) return false;
    for (const { commit, timestamp } of found) times.set(commit, timestamp);
    return true;
  });
}

function better(a: FoundRemote, b: FoundRemote): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  const [at, bt] = [a.summaryModified, b.summaryModified];
  if (at !== null && bt !== null && at !== bt) return at < bt ? -1 : 1;
  const count = ({ refs }: FoundRemote): number => refs.filter(({ commit }) => commit !== null).length;
  return count(a) - count(b) || (a.remote < b.remote ? -1 : Number(a.remote > b.remote));
}
