import { OstError } from '@ost/objects';
import type { CommandContext } from '../context.js';

const policies: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  '0': false,
  false: false,
  no: false,
  none: false,
};

/**
 * What `--fsync` and `--disable-fsync` say; undefined when neither is given.
 * @throws OstError `invalid-argument` (`Invalid boolean argument 'X'`)
 */
export function fsyncPolicy({ args }: CommandContext): boolean | undefined {
  if (args.knows('disable-fsync') && args.flag('disable-fsync')) return false;
  const text = args.knows('fsync') ? args.string('fsync') : undefined;
  if (text === undefined) return undefined;
  const policy = policies[text];
  if (policy === undefined) throw new OstError('invalid-argument', `Invalid boolean argument '${text}'`);
  return policy;
}
