import { type DeltaJob, type DeltaJobResult, runDeltaJob } from '@ost/deltas';
import { nodeHash, ObjectStore, type TaskContext } from '@ost/repo';
import { deltaObjects } from './delta-objects.js';
import type { DeltaTaskInput } from './delta-tasks.js';

/** Does a job of the delta compiler. */
export function run({ target, job }: DeltaTaskInput, context: TaskContext): Promise<DeltaJobResult<DeltaJob>> {
  const store = context.once('delta-store', JSON.stringify(target), () => new ObjectStore(target));
  return runDeltaJob(job, deltaObjects(store), nodeHash);
}
