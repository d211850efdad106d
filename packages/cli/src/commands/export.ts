import { OstError } from '@ost/objects';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';

/** `export COMMIT`. */
export async function run(context: CommandContext): Promise<void> {
  await openCommandRepo(context);
  if (context.args.positionals.length === 0) throw new UsageError('A COMMIT argument is required');
  throw new OstError('unsupported', "'export' is not supported yet");
}
