import { OstError } from '@ost/objects';
import type { CommandContext } from '../../context.js';
import { openSysroot } from '../../lib/sysroot.js';

/** `admin --print-current-dir`. */
export async function run(context: CommandContext): Promise<void> {
  const [deployment] = (await openSysroot(context)).deployments;
  if (deployment === undefined) throw new OstError('not-found', 'Unable to find a deployment in sysroot');
  context.out.line(deployment.path);
}
