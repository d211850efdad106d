import { OstError } from '@ost/objects';
import { type CommandContext, openCommandRepo } from '../../context.js';

/** `static-delta reindex`: not there yet. */
export async function run(context: CommandContext): Promise<void> {
  await openCommandRepo(context);
  throw new OstError('unsupported', "'static-delta reindex' is not supported yet");
}
