import { ensureLabeled } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { assertSuperuser, openSysroot } from '../../lib/sysroot.js';

/** `admin instutil selinux-ensure-labeled [SUBPATH PREFIX]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [path, as] = args.positionals;
  if (path !== undefined && as === undefined) throw new UsageError('PREFIX must be specified with SUBPATH');
  const sysroot = await openSysroot(context);
  assertSuperuser(sysroot);
  const without = ensureLabeled(sysroot, {
    ...(path === undefined || as === undefined ? {} : { part: { path, as } }),
    onPolicy: (name) => out.line(`Relabeling using policy '${name}'`),
    onLabel: (file, prefix, label) => out.line(`Set label of '${file}' (as '${prefix}') to '${label}'`),
  });
  if (without !== null) out.line(`No SELinux policy found in deployment '${without}'`);
}
