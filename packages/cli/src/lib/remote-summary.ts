import { fetchRemoteSummary, type RemoteSummary } from '@ost/fetch';
import type { Repo } from '@ost/repo';
import { remoteVerifier } from '@ost/trust';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { remoteName } from './remote-repo.js';

/** The summary of the remote that the command line names, verified; null when it has none. */
export async function readRemoteSummary(
  context: CommandContext,
): Promise<{ repo: Repo; remote: string; summary: RemoteSummary | null }> {
  const { args, io } = context;
  const repo = await openCommandRepo(context);
  const remote = remoteName(context);
  const cacheDir = args.string('cache-dir');
  const summary = await fetchRemoteSummary(repo, remote, {
    ...(cacheDir === undefined ? {} : { cacheDir: resolvePath(context, cacheDir) }),
    verifier: remoteVerifier(repo, { env: io.env }),
    signal: io.signal,
  });
  return { repo, remote, summary };
}
