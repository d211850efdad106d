import { OstError } from '@ost/objects';
import type { CommandContext } from '../context.js';

/** Stands for the commands that are known but not there yet. */
export async function run({ path }: CommandContext): Promise<void> {
  const name = path
    .map((spec) => spec.name)
    .join(' ')
    .trim();
  throw new OstError('unsupported', `'${name}' is not supported yet`);
}
