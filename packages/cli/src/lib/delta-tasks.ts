import type { DeltaJob, DeltaJobResult, DeltaWorkers } from '@ost/deltas';
import { sharedPool, type StoreTarget, type Task, type TaskTable } from '@ost/repo';

/** A job of the delta compiler, and the repository that it reads. */
export interface DeltaTaskInput {
  readonly target: StoreTarget;
  readonly job: DeltaJob;
}

const deltaTask: Task<DeltaTaskInput, DeltaJobResult<DeltaJob>> = {
  name: 'cli/delta-job',
  load: () => import('./delta-job.js'),
  url: new URL('./delta-job.js', import.meta.url).href,
};

/** All tasks of this package, for the task table of a bundled program. */
export const cliTasks: TaskTable = { [deltaTask.name]: deltaTask };

/** Has the process's worker threads compile deltas. */
export function deltaWorkers(target: StoreTarget): DeltaWorkers {
  const pool = sharedPool();
  return {
    concurrency: pool.size,
    run: <J extends DeltaJob>(job: J) => pool.run(deltaTask, { target, job }) as Promise<DeltaJobResult<J>>,
  };
}
