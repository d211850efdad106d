import { imaSign } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { readText } from '../lib/read-text.js';

/** `ima-sign SOURCE TARGET-REF ALGORITHM KEY`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const [source, target, algorithm, key] = args.positionals;
  if (source === undefined || target === undefined || algorithm === undefined || key === undefined) {
    throw new UsageError('SOURCE, TARGET-REF, ALGORITHM and KEY must be specified');
  }
  const repo = await openCommandRepo(context);
  const fsync = fsyncPolicy(context);
  const { checksum } = await imaSign(repo, repo.resolve(source), target, {
    algorithm,
    key: readText(context, key),
    overwrite: args.flag('overwrite'),
    signal: io.signal,
    ...(fsync === undefined ? {} : { fsync }),
  });
  out.line(`${target} => ${checksum}`);
}
