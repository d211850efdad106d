import { OstError } from '@ost/objects';
import { type CommandContext, openCommandRepo } from '../../context.js';

/** `static-delta apply-offline PATH`: not there yet. */
export async function run(context: CommandContext): Promise<void> {
  await openCommandRepo(context);
  throw new OstError('unsupported', "'static-delta apply-offline' is not supported yet");
}
