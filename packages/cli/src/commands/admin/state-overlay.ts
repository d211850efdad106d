import { OstError } from '@ost/objects';
import { mountStateOverlay } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { assertSuperuser, openSysroot } from '../../lib/sysroot.js';

/** `admin state-overlay NAME MOUNTPATH`. */
export async function run(context: CommandContext): Promise<void> {
  const [name, mountPath] = context.args.positionals;
  if (name === undefined || mountPath === undefined) throw new UsageError('Missing NAME or MOUNTPATH');
  if (name === '.' || name === '..' || name.includes('/'))
    throw new OstError('invalid-name', `Invalid overlay name: ${name}`);
  const sysroot = await openSysroot(context);
  assertSuperuser(sysroot);
  mountStateOverlay(sysroot, name, mountPath);
}
