import { OstError } from '@ost/objects';
import { openDelta } from '@ost/deltas';
import { type CommandContext, openCommandRepo, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { deltaDirectory } from '../../lib/delta-name.js';

/** `static-delta verify DELTA [KEY...]`. Only the shape is looked at: no kind of key for deltas is there yet. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name] = args.positionals;
  const repo = await openCommandRepo(context);
  if (name === undefined) throw new UsageError('DELTA must be specified');
  const type = args.string('sign-type') ?? 'ed25519';
  const file = name.includes('/') ? resolvePath(context, name) : deltaDirectory(repo, name);
  const { envelope } = (await openDelta(file)).superblock;
  const fail = (why: string): OstError => {
    out.line('Verification fails');
    return new OstError('signature', why);
  };
  if (envelope === null) throw fail('no signatures in static-delta');
  if (!envelope.signatures.has(type)) throw fail(`no signature for 'ostree.sign.${type}' in static-delta superblock`);
  throw new OstError('unsupported', 'Requested signature type is not implemented');
}
