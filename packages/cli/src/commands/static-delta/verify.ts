import { isOstError, OstError } from '@ost/objects';
import { openDelta, type SignedEnvelope } from '@ost/deltas';
import type { SignatureOutcome } from '@ost/sign';
import { type CommandContext, openCommandRepo, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { deltaDirectory } from '../../lib/delta-name.js';
import { judgeDelta } from '../../lib/delta-signature.js';

function judge(
  context: CommandContext,
  envelope: SignedEnvelope | null,
  texts: readonly string[],
): Pick<SignatureOutcome, 'valid' | 'reason' | 'key' | 'message'> {
  try {
    return judgeDelta(context, envelope, texts);
  } catch (error) {
    if (!isOstError(error) || error.code !== 'signature') throw error;
    return { valid: false, reason: 'absent', key: null, message: error.message };
  }
}

/** `static-delta verify DELTA [KEY...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name, ...texts] = args.positionals;
  const repo = await openCommandRepo(context);
  if (name === undefined) throw new UsageError('DELTA must be specified');
  const file = name.includes('/') ? resolvePath(context, name) : deltaDirectory(repo, name);
  const { superblock } = await openDelta(file);
  const { valid, reason, key, message } = judge(context, superblock.envelope, texts);
  const type = args.string('sign-type') ?? 'ed25519';
  if (args.flag('json')) out.json({ delta: superblock.name, type, valid, reason, key, message });
  else out.line(valid ? 'Verification OK' : 'Verification fails');
  if (!valid) throw new OstError('signature', message, { data: { delta: superblock.name, reason } });
}
