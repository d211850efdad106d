import { OstError, parseRefspec } from '@ost/objects';
import { refspecOf } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';

/** `reset REF COMMIT`. */
export async function run(context: CommandContext): Promise<void> {
  const [ref, commit] = context.args.positionals;
  const repo = await openCommandRepo(context);
  if (ref === undefined || commit === undefined) throw new UsageError('A REF and COMMIT argument is required');
  const checksum = repo.resolve(commit);
  if (!repo.listRefs().some((entry) => refspecOf(entry) === ref)) {
    throw new OstError('not-found', `Invalid ref '${ref}'`, { data: { ref } });
  }
  const { remote, ref: name } = parseRefspec(ref);
  await repo.withTransaction(async (transaction) => transaction.setRef({ remote, name }, checksum));
}
