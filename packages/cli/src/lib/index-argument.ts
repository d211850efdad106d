import { OstError } from '@ost/objects';
import type { CommandContext } from '../context.js';
import { UsageError } from '../errors.js';

/** The index of a deployment, which comes first. */
export function indexArgument({ args }: CommandContext): number {
  const [text] = args.positionals;
  if (text === undefined) throw new UsageError('INDEX must be specified');
  // libostree takes any garbage for 0, the deployment that boots by default; that is too dangerous to repeat.
  if (!/^[+-]?\d+$/.test(text)) throw new OstError('invalid-argument', `Invalid index: ${text}`);
  return Number(text);
}
