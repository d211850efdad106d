import { OstError } from '@ost/objects';
import { KeyFile } from '@ost/repo';
import { getWholeIfPresent } from '../source/helpers.js';
import type { Source } from '../source/source.js';
import { fetchSummary, type FetchedSummary } from '../summary/fetch-summary.js';
import type { SummaryCache } from '../summary/cache.js';
import type { SignaturePolicy } from '../verify.js';
import { needsSummary, type Requests } from './wanted.js';

/** What the remote says about itself. */
export interface RemoteState {
  readonly summary: FetchedSummary | null;
  /** It has delta index files. */
  readonly indexedDeltas: boolean;
  readonly tombstones: boolean;
  /** Its configured mode; null when unknown. */
  readonly mode: string | null;
}

/** Options of {@link readRemoteState}. */
export interface RemoteStateOptions {
  readonly requests: Requests;
  readonly policy: SignaturePolicy;
  readonly cache: SummaryCache | null;
  /** Whether static deltas may be used. */
  readonly deltas: boolean;
  /** The summary that a metalink led to. */
  readonly given: Uint8Array | null;
  /** Take a signed summary that is older than the one seen before. */
  readonly allowOlder: boolean;
  /** The remote is a directory of this machine, of whatever mode. */
  readonly local: boolean;
}

/**
 * Fetches what is needed of summary and configuration (transfer format, "Summary, config and mode detection"). The
 * configuration is asked for only where nothing else answers the question, and it need not be there.
 * @throws OstError `unsupported` (`Can't pull from archives with mode "MODE"`), or as {@link fetchSummary}
 */
export async function readRemoteState(source: Source, options: RemoteStateOptions): Promise<RemoteState> {
  const { requests, policy, cache, deltas, local, given, allowOlder } = options;
  if (!needsSummary(requests) && given === null) {
    const config = deltas ? await readConfig(source) : null;
    if (!deltas || config?.indexedDeltas === true) {
      return checkMode({ summary: null, indexedDeltas: false, tombstones: false, mode: null, ...config }, local);
    }
  }
  const all = 'Fetching all refs was requested in mirror mode, but remote repository does not have a summary';
  const required = requests === 'all' ? { required: all } : {};
  const summary = await fetchSummary(source, { policy, cache, given, allowOlder, ...required });
  if (summary === null) return { summary, indexedDeltas: false, tombstones: false, mode: null };
  const { indexedDeltas, tombstones, mode } = summary.summary;
  return checkMode({ summary, indexedDeltas, tombstones, mode }, local);
}

function checkMode(state: RemoteState, local: boolean): RemoteState {
  const { mode } = state;
  if (local || mode === null || mode === 'archive' || mode === 'archive-z2') return state;
  throw new OstError('unsupported', `Can't pull from archives with mode "${mode}"`, { data: { mode } });
}

async function readConfig(source: Source): Promise<Pick<RemoteState, 'indexedDeltas' | 'tombstones' | 'mode'> | null> {
  const bytes = await getWholeIfPresent(source, 'config');
  if (bytes === null) return null;
  const file = KeyFile.parse(Buffer.from(bytes).toString('utf8'));
  return {
    mode: file.get('core', 'mode') ?? 'bare',
    indexedDeltas: file.getBoolean('core', 'indexed-deltas') ?? false,
    tombstones: file.getBoolean('core', 'tombstone-commits') ?? false,
  };
}
