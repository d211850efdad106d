import { isOstError, OstError } from '@ost/objects';
import { type SignaturePolicy, verifySummary } from '../verify.js';
import type { SummaryCache } from './cache.js';
import { RemoteSummary } from './remote-summary.js';

/**
 * Refuses a signed summary that is older than the last one that was seen: a server, or somebody on the way to it, may
 * keep a client from updates by showing it a state that was signed long ago. Times are those inside the signed bytes. The
 * copy in the cache counts only if its own signature is good, so nobody can lock a client out with a forged date.
 * @throws OstError `state`
 */
export async function refuseOlder(policy: SignaturePolicy, cache: SummaryCache, next: RemoteSummary): Promise<void> {
  if (!policy.gpgSummary && policy.signSummary === 'off') return;
  const seen = await lastSeen(policy, cache, next);
  if (seen === null || (next.lastModified !== null && next.lastModified >= seen)) return;
  const date = (seconds: bigint): string => new Date(Number(seconds) * 1000).toISOString().replace('.000', '');
  const its = next.lastModified === null ? 'has no date' : `is of ${date(next.lastModified)}`;
  const what = `Summary of remote "${policy.remote.name}" ${its}, but one of ${date(seen)} was seen before`;
  throw new OstError('state', `${what}; use --allow-older-summary to permit`, {
    data: { remote: policy.remote.name, seen: Number(seen) },
  });
}

/** The time of the summary that was seen last; null when there is none to go by. */
async function lastSeen(policy: SignaturePolicy, cache: SummaryCache, next: RemoteSummary): Promise<bigint | null> {
  const bytes = cache.read('summary')?.bytes;
  const signature = cache.read('signature')?.bytes;
  if (bytes === undefined || signature === undefined || Buffer.compare(bytes, next.bytes) === 0) return null;
  try {
    await verifySummary({ ...policy, onSignature: () => undefined }, bytes, signature);
    return new RemoteSummary(bytes, signature).lastModified;
  } catch (error) {
    if (isOstError(error)) return null;
    throw error;
  }
}
