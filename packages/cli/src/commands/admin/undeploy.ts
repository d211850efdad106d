import { undeploy } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { indexArgument } from '../../lib/index-argument.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin undeploy INDEX`. */
export async function run(context: CommandContext): Promise<void> {
  const index = indexArgument(context);
  await withSysroot(context, async (sysroot) => {
    const { name } = await undeploy(sysroot, index);
    context.out.line(`Deleted deployment ${name}`);
  });
}
