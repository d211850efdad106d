import { deploymentNamed, pin } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin pin INDEX...`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  if (args.positionals.length === 0) throw new UsageError('INDEX must be specified');
  const pinned = !args.flag('unpin');
  await withSysroot(context, async (sysroot) => {
    for (const word of args.positionals) {
      const { index } = deploymentNamed(sysroot, word);
      const changed = pin(sysroot, index, pinned);
      out.line(`Deployment ${index} is ${changed ? 'now' : 'already'} ${pinned ? 'pinned' : 'unpinned'}`);
    }
  });
}
