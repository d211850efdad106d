import { type Checksum, type HashProvider, OstError } from '@ost/objects';
import { throwIfAborted } from '../turns.js';
import { type DiffJob, type Difference, runDiffJob } from './diff-job.js';
import type { DeltaObjects } from './objects.js';
import { type BuiltPart, type PartJob, runPartJob } from './part-job.js';
import { type Sketch, sketch } from './sketch.js';

/** Makes fingerprints of files. */
export interface SketchJob {
  readonly kind: 'sketch';
  readonly files: readonly Checksum[];
}

/** The portions that the work on a delta is cut into; plain data. */
export type DeltaJob = SketchJob | DiffJob | PartJob;

/** What a job answers; plain data too. */
export type DeltaJobResult<J extends DeltaJob> = J extends SketchJob
  ? Sketch[]
  : J extends DiffJob
    ? Difference[]
    : BuiltPart;

/** Who does the jobs. */
export interface DeltaWorkers {
  /** How many jobs may be under way at once. */
  readonly concurrency: number;
  run<J extends DeltaJob>(job: J): Promise<DeltaJobResult<J>>;
}

/** Does one job on this thread: what an implementation of {@link DeltaWorkers} calls in its threads. */
export async function runDeltaJob<J extends DeltaJob>(
  job: J,
  objects: DeltaObjects,
  hash: HashProvider,
): Promise<DeltaJobResult<J>> {
  const results = async (some: DeltaJob): Promise<Sketch[] | Difference[] | BuiltPart> => {
    switch (some.kind) {
      case 'sketch':
        return some.files.map((checksum) => sketch(objects.loadFile(checksum).read()));
      case 'diff':
        return runDiffJob(some, objects);
      case 'part':
        return runPartJob(some, objects, hash);
    }
  };
  return (await results(job)) as DeltaJobResult<J>;
}

/** A job and roughly how long it takes, in any unit. */
export interface WeighedJob<J extends DeltaJob> {
  readonly job: J;
  readonly weight: number;
}

/**
 * Has jobs done, the longest first, so that all threads end at about the same time.
 * @param done takes each result as it comes, with the place of its job in `jobs`
 */
export async function runLargestFirst<J extends DeltaJob>(
  jobs: readonly WeighedJob<J>[],
  workers: DeltaWorkers,
  done: (index: number, result: DeltaJobResult<J>) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const order = jobs.map((_, index) => index).sort((a, b) => (jobs[b]?.weight ?? 0) - (jobs[a]?.weight ?? 0));
  let failed = false;
  const lane = async (): Promise<void> => {
    for (let index = order.shift(); index !== undefined && !failed; index = order.shift()) {
      throwIfAborted(signal);
      const { job } = jobs[index] as WeighedJob<J>;
      await done(index, await untilAborted(workers.run(job), signal));
    }
  };
  const lanes = Array.from({ length: Math.max(1, workers.concurrency) }, () =>
    lane().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(lanes);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** Waits for a job, unless the signal fires: then it goes on in its thread, and nobody wants its result. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new OstError('aborted', 'Aborted', { cause: signal.reason }));
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
