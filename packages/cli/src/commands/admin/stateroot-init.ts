import { initStateroot } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin stateroot-init STATEROOT`, and `os-init`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out, path } = context;
  const [name] = args.positionals;
  if (name === undefined) {
    throw new UsageError(`${path.at(-1)?.name === 'os-init' ? 'OSNAME' : 'STATEROOT'} must be specified`);
  }
  await withSysroot(context, async (sysroot) => {
    initStateroot(sysroot, name);
    out.line(`ostree/deploy/${name} initialized as OSTree root`);
  });
}
