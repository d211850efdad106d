import { OstError } from '@ost/objects';
import { applyOffline, openDelta } from '@ost/deltas';
import { nodeHash } from '@ost/repo';
import { type CommandContext, openCommandRepo, refuse, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { deltaStore } from '../../lib/delta-store.js';

/** `static-delta apply-offline PATH [KEY...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io } = context;
  const [path, ...keys] = args.positionals;
  const repo = await openCommandRepo(context);
  if (path === undefined) throw new UsageError('PATH must be specified');
  refuse(context, ['keys-file', 'keys-dir']);
  if (keys.length > 0) throw new OstError('unsupported', 'Requested signature type is not implemented');
  repo.assertWritable();
  const delta = await openDelta(resolvePath(context, path), { hash: nodeHash });
  if (delta.superblock.envelope !== null && repo.keyFile.getBoolean('core', 'sign-verify-deltas') === true) {
    throw new OstError('signature', 'Key is mandatory to check delta signature');
  }
  await repo.withTransaction(
    async (transaction) => {
      await applyOffline(delta, deltaStore(repo, transaction), { hash: nodeHash, signal: io.signal });
    },
    { signal: io.signal },
  );
}
