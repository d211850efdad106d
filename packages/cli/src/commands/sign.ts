import { OstError } from '@ost/objects';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';

/** `sign COMMIT KEY...`: no kind of signature but GPG's is there yet. */
export async function run(context: CommandContext): Promise<void> {
  await openCommandRepo(context);
  if (context.args.positionals.length === 0) throw new UsageError('Need a COMMIT to sign or verify');
  throw new OstError('unsupported', 'Requested signature type is not implemented');
}
