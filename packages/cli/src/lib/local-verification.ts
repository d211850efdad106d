import type { PullLocalOptions, Repo } from '@ost/repo';
import { requireSignedCommit, requireSignedSummary } from '@ost/trust';
import type { CommandContext } from '../context.js';

/** Verifies the summary of a local source now, and its commits as they come. */
export async function localVerification(
  { args, io }: CommandContext,
  repo: Repo,
  remote: string,
  source: Repo,
): Promise<Pick<PullLocalOptions, 'verifyCommit'>> {
  if (args.flag('gpg-verify-summary')) await requireSignedSummary(repo, remote, source, io.env);
  if (!args.flag('gpg-verify')) return {};
  return {
    verifyCommit: (checksum, bytes, detached) =>
      requireSignedCommit(repo, remote, { checksum, bytes, detached }, io.env),
  };
}
