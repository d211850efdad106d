import { setFinalizationLocked } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin lock-finalization`. */
export function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const unlock = args.flag('unlock');
  return withSysroot(context, async (sysroot) => {
    const changed = setFinalizationLocked(sysroot, !unlock);
    if (unlock) {
      out.line(
        changed
          ? 'Staged deployment is now queued to apply on shutdown'
          : 'Staged deployment is already prepared for finalization',
      );
    } else {
      out.line(
        changed ? 'Staged deployment is now finalization locked' : 'Staged deployment is already finalization locked',
      );
    }
  });
}
