import { isOstError, OstError } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { pull } from '../pull/pull.js';
import type { CollectionRef, PulledRef, PullOptions } from '../pull/options.js';
import { readRemoteConfig } from '../remote/remote-config.js';
import { type FoundRemote, signedCommits } from './find-remotes.js';

/** Options of {@link pullFound}; what to pull, and from where, is found already. */
export type PullFoundOptions = Omit<PullOptions, 'collectionRefs' | 'refs' | 'url'>;

/**
 * Pulls the commits that were found, from the best place that has them; where that fails, from the next one. Commits must
 * be signed with the keys of the remote that vouches for them.
 * @throws OstError when a ref could not be pulled from anywhere (`Failed to pull some refs from the remotes: ...`)
 */
export async function pullFound(
  repo: Repo,
  found: readonly FoundRemote[],
  options: PullFoundOptions = {},
): Promise<PulledRef[]> {
  const waiting = new Set<CollectionRef>();
  for (const { refs } of found) for (const { ref, commit } of refs) if (commit !== null) waiting.add(ref);
  const pulled: PulledRef[] = [];
  let failure: OstError | null = null;
  for (const place of found) {
    const refs = place.refs.flatMap(({ ref, commit }) =>
      commit !== null && waiting.has(ref) ? [{ ref, commit }] : [],
    );
    if (refs.length === 0) continue;
    try {
      const result = await pull(repo, place.remote, {
        ...options,
        ...signedCommits(readRemoteConfig(repo, place.remote)),
        ...(place.configured ? {} : { url: place.url, disableStaticDeltas: true }),
        collectionRefs: refs.map(({ ref, commit }) => ({ ...ref, commit })),
      });
      pulled.push(...result.refs);
      for (const { ref } of refs) waiting.delete(ref);
    } catch (error) {
      if (!isOstError(error) || options.signal?.aborted === true) throw error;
      failure = error;
    }
  }
  if (waiting.size === 0) return pulled;
  const names = [...waiting].map(({ collectionId, name }) => `(${collectionId}, ${name})`).join(', ');
  throw new OstError(failure?.code ?? 'network', `Failed to pull some refs from the remotes: ${names}`, {
    cause: failure,
  });
}
