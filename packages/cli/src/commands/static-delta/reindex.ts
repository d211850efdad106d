import { toChecksum } from '@ost/objects';
import { reindexDeltas } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../../context.js';

/** `static-delta reindex`. */
export async function run(context: CommandContext): Promise<void> {
  const repo = await openCommandRepo(context);
  const to = context.args.string('to');
  reindexDeltas(repo, to === undefined ? undefined : toChecksum(to));
}
