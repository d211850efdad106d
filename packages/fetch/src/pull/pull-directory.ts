import { type Checksum, parseCommit, verifyBindings } from '@ost/objects';
import { pullLocal, type Repo } from '@ost/repo';
import { verifyCommit } from '../verify.js';
import type { PullResult } from './options.js';
import { currentCommit, moveRefs, type RefPlan } from './refs.js';
import { olderLimits, type Session } from './session.js';
import { checkNewer } from './timestamps.js';
import type { Wanted } from './wanted.js';

/**
 * Pulls from a repository of this machine, which a `file:` URL has named: objects are linked or copied instead of fetched. Each
 * commit is verified under the remote's policy before anything of it is taken.
 */
export async function pullDirectory(
  session: Session,
  source: Repo,
  wanted: readonly Wanted[],
  plan: RefPlan,
): Promise<PullResult> {
  const { repo, options, policy, started } = session;
  const checks = commitChecks(session, source, wanted, plan);
  const commits = new Set<Checksum>();
  const fsync = options.fsync === undefined ? {} : { fsync: options.fsync };
  const result = await pullLocal(repo, source, {
    refs: [...new Set(wanted.map((w) => w.commit))],
    depth: options.depth ?? 0,
    commitMetadataOnly: options.commitMetadataOnly ?? false,
    untrusted: options.untrusted ?? false,
    bareUserOnlyFiles: options.bareUserOnlyFiles ?? false,
    ...fsync,
    ...(options.perObjectFsync === undefined ? {} : { perObjectFsync: options.perObjectFsync }),
    ...(options.writeBehind === undefined ? {} : { writeBehind: options.writeBehind }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    verifyCommit: async (checksum, bytes, detached) => {
      await verifyCommit(policy, checksum, bytes, detached);
      for (const check of checks.get(checksum) ?? []) check(bytes);
      commits.add(checksum);
    },
  });
  options.onProgress?.({ type: 'publish' });
  const refs = await repo.withTransaction(async (transaction) => moveRefs(plan, transaction, wanted), fsync);
  return {
    refs,
    commits: [...commits],
    estimate: null,
    stats: {
      local: true,
      metadataFetched: result.metadata,
      contentFetched: result.content,
      metadataLocal: 0,
      contentLocal: 0,
      deltaParts: 0,
      bytesTransferred: result.bytesTransferred,
      contentBytesWritten: result.stats.contentBytesWritten,
      seconds: (performance.now() - started) / 1000,
    },
  };
}

/** What each requested commit has to satisfy besides its signature. */
function commitChecks(
  { repo, remote, options }: Session,
  source: Repo,
  wanted: readonly Wanted[],
  plan: RefPlan,
): Map<Checksum, ((bytes: Uint8Array) => void)[]> {
  const checks = new Map<Checksum, ((bytes: Uint8Array) => void)[]>();
  for (const { ref, commit, collectionId, boundTo } of wanted) {
    const current = ref === null ? null : currentCommit(plan, ref, collectionId);
    const limits = olderLimits(repo, options, current);
    const check = (bytes: Uint8Array): void => {
      const parsed = parseCommit(bytes);
      if (options.disableVerifyBindings !== true) {
        const id = boundTo ?? source.config.collectionId ?? remote.collectionId;
        verifyBindings(commit, parsed, { ref, collectionId: id });
      }
      for (const limit of limits) checkNewer(repo, limit, commit, parsed);
    };
    checks.set(commit, [...(checks.get(commit) ?? []), check]);
  }
  return checks;
}
