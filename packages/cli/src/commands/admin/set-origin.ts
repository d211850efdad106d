import { setOrigin } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { splitPair } from '../../lib/key-values.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin set-origin REMOTENAME URL [BRANCH]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args } = context;
  const [remote, url, branch] = args.positionals;
  if (remote === undefined || url === undefined) throw new UsageError('REMOTENAME and URL must be specified');
  const settings = args.list('set').map((pair) => splitPair(pair, "Missing '=' in KEY=VALUE for --set"));
  const index = args.integer('index');
  await withSysroot(context, async (sysroot) => {
    setOrigin(sysroot, {
      remote,
      url,
      settings,
      ...(branch === undefined ? {} : { branch }),
      ...(index === undefined || index < 0 ? {} : { index }),
    });
  });
}
