import type { CompileOptions } from '@ost/deltas';
import { OstError } from '@ost/objects';
import { type CommandContext, refuse } from '../context.js';

/**
 * What signs the superblocks of `static-delta generate --sign`; undefined if they are not to be signed. Of the kinds of
 * keys that the format knows none is there yet.
 */
export function deltaSigner(context: CommandContext): CompileOptions['sign'] {
  refuse(context, ['keys-file']);
  if (context.args.list('sign').length === 0) return undefined;
  throw new OstError('unsupported', 'Requested signature type is not implemented');
}
