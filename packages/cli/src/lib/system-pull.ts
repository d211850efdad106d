import type { PullFunction } from '@ost/sysroot';
import { OstError } from '@ost/objects';
import type { CommandContext } from '../context.js';

/** How upgrades fetch. */
export function pullForSystem(_context: CommandContext): PullFunction {
  return async () => {
    throw new OstError('unsupported', 'Pulling is not supported yet');
  };
}
