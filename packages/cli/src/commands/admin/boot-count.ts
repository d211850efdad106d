import { blessBoot, countBoot } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { reboot } from '../../lib/reboot.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin boot-count`, which services of the boot run. */
export async function run(context: CommandContext): Promise<void> {
  if (context.args.flag('good')) {
    await withSysroot(context, blessBoot);
    return;
  }
  const result = await withSysroot(context, countBoot);
  if (result !== 'rolled-back') return;
  context.err.line('The deployment has not come up in the boots that it had; going back to the one before');
  reboot(context);
}
