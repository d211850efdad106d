import type { PullOptions } from '@ost/fetch';
import type { Repo } from '@ost/repo';

/**
 * What `pull` of `@ost/fetch` needs for signatures and static deltas, as the commands use it: keys are looked up where
 * libostree looks them up. To be spread into the options of a pull.
 */
export async function pullParts(
  repo: Repo,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Required<Pick<PullOptions, 'deltas' | 'verifier'>>> {
  const [{ deltaApplier }, { remoteVerifier }] = await Promise.all([
    import('./lib/delta-applier.js'),
    import('@ost/trust'),
  ]);
  return { deltas: deltaApplier, verifier: remoteVerifier(repo, { env }) };
}
