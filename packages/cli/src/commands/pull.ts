import { OstError } from '@ost/objects';
import type { CommandContext } from '../context.js';

/** Not there yet. */
export async function run(_context: CommandContext): Promise<void> {
  throw new OstError('unsupported', 'Pulling is not supported yet');
}
