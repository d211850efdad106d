import { type Step, withSteps } from './patched-fs.js';

/** A way in which the system fails. */
export interface Failure {
  readonly errno: string;
  /** The text that goes with it. */
  readonly text: string;
  /** Whether the failure hits a change that comes after the first one hit. */
  readonly hits: (step: Step, first: boolean) => boolean;
}

/** From one moment on there is no room; what needs none still works. */
export const diskFull: Failure = { errno: 'ENOSPC', text: 'No space left on device', hits: ({ grows }) => grows };

/** From one moment on nothing can be changed any more, as on a file system that the kernel made read-only. */
export const readOnly: Failure = { errno: 'EROFS', text: 'Read-only file system', hits: () => true };

/** One single change is refused. */
export const refused: Failure = { errno: 'EACCES', text: 'Permission denied', hits: (_, first) => first };

/**
 * Runs `body` on a system that fails at the `at`-th change of the file system that the failure concerns.
 * @returns the error of `body`, `ignored` when it succeeded all the same, `over` when it has fewer changes
 */
export async function runFailing(
  at: number,
  { errno, hits }: Failure,
  body: () => Promise<unknown>,
): Promise<{ readonly error: unknown } | 'ignored' | 'over'> {
  let count = 0;
  let hit = false;
  let failure: { readonly error: unknown } | null = null;
  await withSteps(
    (step) => {
      if (!hits(step, !hit)) return;
      if (!hit && ++count < at) return;
      hit = true;
      throw Object.assign(new Error(`${errno}: simulated, ${step.call}`), { code: errno, syscall: step.call });
    },
    () =>
      body().catch((error: unknown) => {
        failure = { error };
      }),
  );
  if (failure !== null) return failure;
  return hit ? 'ignored' : 'over';
}
