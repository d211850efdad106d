import { OstError } from '@ost/objects';
import { type CommandContext, refuse } from '../context.js';

/** Refuses to sign a delta with a kind of key that is not there. */
export function refuseDeltaSignature(context: CommandContext): void {
  refuse(context, ['keys-file']);
  if (context.args.list('sign').length > 0) {
    throw new OstError('unsupported', 'Requested signature type is not implemented');
  }
}
