/**
 * Jobs from which several threads take the next one whenever they are done with one. Where nobody knows beforehand which
 * ones are large, portions would have one thread wait for another in the end.
 */
export interface SharedJobs<J> {
  readonly jobs: readonly J[];
  /** In shared memory, how many have been taken. */
  readonly taken: Int32Array;
}

/** Shares jobs. */
export function shareJobs<J>(jobs: readonly J[]): SharedJobs<J> {
  return { jobs, taken: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) };
}

/** What this thread gets of shared jobs, each when it is asked for. */
export function* takeJobs<J>({ jobs, taken }: SharedJobs<J>): Generator<J, void, undefined> {
  for (let at = Atomics.add(taken, 0, 1); at < jobs.length; at = Atomics.add(taken, 0, 1)) yield jobs[at] as J;
}

/** Has all threads leave those that none has begun. */
export function leaveJobs({ jobs, taken }: SharedJobs<unknown>): void {
  Atomics.store(taken, 0, jobs.length);
}
