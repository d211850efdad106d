import { OstError } from '@ost/objects';
import type { Repo } from '@ost/repo';
import type { Source } from '../source/source.js';
import { requireSummary, type SignaturePolicy, verifySummary } from '../verify.js';
import { SummaryCache } from './cache.js';
import { refuseOlder } from './refuse-older.js';
import { loadSummaryFiles, type SummaryFiles, storeSummaryFiles } from './load.js';
import { RemoteSummary } from './remote-summary.js';

/** Options of {@link fetchSummary}. */
export interface FetchSummaryOptions {
  readonly policy: SignaturePolicy;
  /** Null for a repository on this machine, whose summary is not cached. */
  readonly cache: SummaryCache | null;
  /** The summary that a metalink led to; its signature is still fetched. */
  readonly given: Uint8Array | null;
  /** Take a signed summary that is older than the one seen before. @default false */
  readonly allowOlder?: boolean;
  /** Fail with this text when there is no summary. */
  readonly required?: string;
}

/** A summary together with the times that the server gave its files. */
export interface FetchedSummary {
  readonly summary: RemoteSummary;
  readonly files: SummaryFiles;
}

/** Where a repository caches the summaries of a remote. */
export function summaryCache(repo: Repo, remote: string, cacheDir: string | undefined): SummaryCache {
  return new SummaryCache(repo, remote, cacheDir);
}

/**
 * Fetches, verifies and parses the summary of a remote; null when it has none and none is required.
 * @throws OstError `signature`, `not-found`, `not-normal` ...
 */
export async function fetchSummary(source: Source, options: FetchSummaryOptions): Promise<FetchedSummary | null> {
  const { policy, cache } = options;
  let files = await loadSummaryFiles(source, cache, options.given);
  if (files.summary === null) {
    requireSummary(policy, files.signature);
    if (options.required !== undefined) throw new OstError('not-found', options.required);
    return null;
  }
  try {
    await verifySummary(policy, files.summary, files.signature);
  } catch (error) {
    if (!files.fromCache) throw error;
    if (process.env['OSTREE_REPO_TEST_ERROR'] === 'invalid-cache') {
      throw new OstError('state', 'OSTREE_REPO_TEST_ERROR_INVALID_CACHE specified');
    }
    // The copy may be stale or damaged: look once at what the server really has.
    files = await loadSummaryFiles(source, null, options.given);
    if (files.summary === null) throw error;
    await verifySummary(policy, files.summary, files.signature);
  }
  const summary = new RemoteSummary(files.summary, files.signature);
  if (options.allowOlder !== true && cache !== null) await refuseOlder(policy, cache, summary);
  if (cache !== null) storeSummaryFiles(cache, files);
  return { summary, files };
}
