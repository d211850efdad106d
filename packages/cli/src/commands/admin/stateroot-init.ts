import { initStateroot } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin stateroot-init STATEROOT`, and `os-init`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name] = args.positionals;
  if (name === undefined) throw new UsageError('STATEROOT must be specified');
  await withSysroot(context, async (sysroot) => {
    initStateroot(sysroot, name);
    out.line(`ostree/deploy/${name} initialized as OSTree root`);
  });
}
