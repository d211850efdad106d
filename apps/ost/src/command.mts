import { run } from '@ost/cli';

/** The command line of this process. */
export async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2));
}
