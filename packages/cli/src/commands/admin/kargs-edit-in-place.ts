import { editKernelArgsInPlace } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin kargs edit-in-place`. */
export function run(context: CommandContext): Promise<void> {
  return withSysroot(context, async (sysroot) => {
    editKernelArgsInPlace(sysroot, context.args.list('append-if-missing'));
  });
}
