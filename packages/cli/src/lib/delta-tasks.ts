import * as os from 'node:os';
import type { ApplyPartJob, DeltaJob, DeltaJobResult, DeltaWorkers, PartStats, PartWorkers } from '@ost/deltas';
import {
  sharedPool,
  type StoreTarget,
  type Task,
  type TaskTable,
  type Transaction,
  WorkerPool,
  type WriteTarget,
} from '@ost/repo';

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

/** A part of a delta, and the transaction that it is applied in. */
export interface PartTaskInput {
  readonly target: WriteTarget;
  readonly job: ApplyPartJob;
}

const partTask: Task<PartTaskInput, PartStats> = {
  name: 'cli/delta-part',
  load: () => import('./delta-part.js'),
  url: new URL('./delta-part.js', import.meta.url).href,
};

/** All tasks of this package, for the task table of a bundled program. */
export const cliTasks: TaskTable = { [deltaTask.name]: deltaTask, [partTask.name]: partTask };

/** Memory that one worker is counted with: two large files and their index, or a part and the encoder's tables. */
const WORKER_MEMORY = 600_000_000;

let pool: WorkerPool | undefined;

/** Compiling is calculation, unlike everything that the shared pool does, so all processors take part. */
function deltaPool(): WorkerPool {
  if (pool !== undefined) return pool;
  const fitting = Math.floor(process.availableMemory() / WORKER_MEMORY);
  pool = new WorkerPool(Math.max(1, Math.min(os.availableParallelism(), fitting)));
  // Encoders run on libuv's threads, of which there are only four for the whole process unless this says otherwise.
  process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, pool.size));
  return pool;
}

/** Has worker threads compile deltas, as many as there are processors and memory for. */
export function deltaWorkers(target: StoreTarget): DeltaWorkers {
  const workers = deltaPool();
  return {
    concurrency: workers.size,
    run: <J extends DeltaJob>(job: J) => workers.run(deltaTask, { target, job }) as Promise<DeltaJobResult<J>>,
  };
}

/** Has the shared threads apply parts of deltas, in a transaction whose writer counts what they write, too. */
export function partWorkers({ target, writer }: Transaction): PartWorkers {
  const workers = sharedPool();
  const apply = async (job: ApplyPartJob): Promise<PartStats> => {
    const stats = await workers.run(partTask, { target, job }, [job.bytes.buffer]);
    writer.stats.metadataTotal += stats.metadata;
    writer.stats.metadataWritten += stats.metadata;
    writer.stats.contentTotal += stats.content;
    writer.stats.contentWritten += stats.content;
    writer.stats.contentBytesWritten += stats.bytes;
    return stats;
  };
  return { concurrency: workers.size, apply };
}
