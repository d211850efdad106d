import fs from 'node:fs';
import { withSteps } from './patched-fs.js';

/** What every change of the file system throws once the process counts as killed. */
class Killed extends Error {}

/**
 * Runs `body` as in a process that is killed before its `at`-th change of the file system: from then on every change
 * throws without effect, clean-up included, and in the end all files are closed, which gives up their locks.
 * @returns the number of changes if `body` came to its end, null when it was killed
 */
export async function runKilled(at: number, body: () => Promise<unknown>): Promise<number | null> {
  let count = 0;
  let failure: { readonly error: unknown } | null = null;
  const open = await withSteps(
    () => {
      if (++count >= at) throw new Killed(`killed at step ${at}`);
    },
    () =>
      body().catch((error: unknown) => {
        failure = { error };
      }),
  );
  for (const fd of open) fs.closeSync(fd);
  if (count >= at) return null;
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  return count;
}
