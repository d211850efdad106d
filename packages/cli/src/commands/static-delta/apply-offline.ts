import { applyOffline, openDelta } from '@ost/deltas';
import { nodeHash } from '@ost/repo';
import { type CommandContext, openCommandRepo, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { requireSignedDelta } from '../../lib/delta-signature.js';
import { commitDeltaStore } from '../../lib/delta-store.js';
import { partWorkers } from '../../lib/delta-tasks.js';

/** `static-delta apply-offline PATH [KEY...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io } = context;
  const [path, ...keys] = args.positionals;
  const repo = await openCommandRepo(context);
  if (path === undefined) throw new UsageError('PATH must be specified');
  repo.assertWritable();
  const delta = await openDelta(resolvePath(context, path), { hash: nodeHash });
  const mandatory = repo.keyFile.getBoolean('core', 'sign-verify-deltas') ?? false;
  requireSignedDelta(context, delta.superblock.envelope, keys, mandatory);
  await repo.withTransaction(
    async (transaction) => {
      const workers = partWorkers(transaction);
      const options = { hash: nodeHash, signal: io.signal, workers, ownParts: true };
      await applyOffline(delta, commitDeltaStore(transaction), options);
    },
    { signal: io.signal },
  );
}
