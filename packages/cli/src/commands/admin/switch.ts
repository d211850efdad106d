import { switchTo } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { rebootIfAsked, refuseKexec } from '../../lib/reboot.js';
import { pullForSystem } from '../../lib/system-pull.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin switch REFSPEC`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io } = context;
  const [refspec] = args.positionals;
  if (refspec === undefined) throw new UsageError('REFSPEC must be specified');
  refuseKexec(context);
  const os = args.string('os');
  await withSysroot(context, async (sysroot) => {
    const pull = pullForSystem(context);
    await switchTo(sysroot, { refspec, pull, signal: io.signal, ...(os === undefined ? {} : { os }) });
    rebootIfAsked(context, sysroot);
  });
}
