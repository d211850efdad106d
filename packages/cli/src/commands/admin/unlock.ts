import { unlock, type UnlockMode } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { withSysroot } from '../../lib/sysroot.js';

const TEXTS: Record<UnlockMode, readonly string[]> = {
  development: [
    'Development mode enabled.  A writable overlayfs is now mounted on /usr.',
    'All changes there will be discarded on reboot.',
  ],
  hotfix: [
    'Hotfix mode enabled.  A writable overlayfs is now mounted on /usr',
    'for this booted deployment.  A non-hotfixed clone has been created',
    'as the non-default rollback target.',
  ],
  transient: [
    'A writable overlayfs is prepared for /usr, but is mounted read-only by default.',
    'All changes there will be discarded on reboot.',
  ],
};

/** `admin unlock`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  if (args.positionals.length > 0) throw new UsageError('This command takes no extra arguments');
  const [hotfix, transient] = [args.flag('hotfix'), args.flag('transient')];
  if (hotfix && transient) throw new UsageError('Cannot specify both --hotfix and --transient');
  const mode = hotfix ? 'hotfix' : transient ? 'transient' : 'development';
  await withSysroot(context, (sysroot) => unlock(sysroot, mode));
  for (const line of TEXTS[mode]) out.line(line);
}
