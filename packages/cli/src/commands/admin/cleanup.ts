import { cleanup } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin cleanup`. */
export function run(context: CommandContext): Promise<void> {
  return withSysroot(context, (sysroot) => cleanup(sysroot, { signal: context.io.signal }));
}
