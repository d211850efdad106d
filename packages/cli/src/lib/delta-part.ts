import { type PartStats, runApplyPartJob } from '@ost/deltas';
import { nodeHash, ObjectWriter, type TaskContext } from '@ost/repo';
import { deltaStore } from './delta-store.js';
import type { PartTaskInput } from './delta-tasks.js';

/** Applies a part of a delta in a worker thread. */
export function run({ target, job }: PartTaskInput, context: TaskContext): Promise<PartStats> {
  const writer = context.once('delta-writer', target.transaction, () => new ObjectWriter(target));
  return runApplyPartJob(job, deltaStore(writer), { hash: nodeHash });
}
