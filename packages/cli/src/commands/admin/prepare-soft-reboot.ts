import { deploymentAt, prepareSoftReboot, resetSoftReboot } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { indexArgument } from '../../lib/index-argument.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin prepare-soft-reboot INDEX`. */
export async function run(context: CommandContext): Promise<void> {
  if (context.args.flag('reset')) {
    await withSysroot(context, async (sysroot) => resetSoftReboot(sysroot));
    return;
  }
  const index = indexArgument(context);
  await withSysroot(context, async (sysroot) => prepareSoftReboot(sysroot, deploymentAt(sysroot, index)));
}
