import { run } from '@ost/cli';
import { setWorkerEntry } from '@ost/repo';

/** Runs the command line of this process; resolves to its exit code. */
export function main(): Promise<number> {
  setWorkerEntry(new URL(import.meta.url));
  return run(process.argv.slice(2));
}
