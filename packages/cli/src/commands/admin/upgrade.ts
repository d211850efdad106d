import { cleanup, Upgrader, type UpgradePullOptions } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { rebootIfAsked, refuseKexec } from '../../lib/reboot.js';
import { pullForSystem } from '../../lib/system-pull.js';
import { withSysroot } from '../../lib/sysroot.js';

function checkFlags({ args }: CommandContext): void {
  const pullOnly = args.flag('pull-only');
  if (pullOnly && args.flag('deploy-only')) {
    throw new UsageError('Cannot simultaneously specify --pull-only and --deploy-only');
  }
  if (pullOnly && (args.flag('reboot') || args.flag('kexec'))) {
    throw new UsageError('Cannot simultaneously specify --pull-only and --reboot or --kexec');
  }
}

/** `admin upgrade`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  checkFlags(context);
  refuseKexec(context);
  const os = args.string('os');
  const pulling: UpgradePullOptions = {
    allowOlder: args.flag('allow-downgrade'),
    ...(args.flag('deploy-only') ? {} : { pull: pullForSystem(context) }),
  };
  await withSysroot(context, async (sysroot) => {
    const upgrader = Upgrader.open(sysroot, os === undefined ? {} : { os });
    upgrader.prepare(args.string('override-commit'));
    let changed: boolean;
    try {
      changed = await upgrader.pull(pulling);
    } catch (error) {
      if (args.flag('pull-only')) await cleanup(sysroot);
      throw error;
    }
    if (!changed) {
      out.line('No update available.');
      return;
    }
    if (args.flag('pull-only')) return;
    await upgrader.deploy({ signal: io.signal, ...(args.flag('stage') ? { stage: true } : {}) });
    rebootIfAsked(context, sysroot);
  });
}
