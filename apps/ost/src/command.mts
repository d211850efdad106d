import { run } from '@ost/cli';
import { setWorkerEntry } from '@ost/repo';

/** The command line of this process. */
export async function main(): Promise<void> {
  setWorkerEntry(new URL('start.js', import.meta.url));
  process.exitCode = await run(process.argv.slice(2));
}
