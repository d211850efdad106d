import { setDefault } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { indexArgument } from '../../lib/index-argument.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin set-default INDEX`. */
export async function run(context: CommandContext): Promise<void> {
  const index = indexArgument(context);
  await withSysroot(context, (sysroot) => setDefault(sysroot, index));
}
