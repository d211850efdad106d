import { configDiff } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { assertSuperuser, openSysroot } from '../../lib/sysroot.js';

/** `admin config-diff`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const sysroot = await openSysroot(context);
  assertSuperuser(sysroot);
  const diff = configDiff(sysroot, args.string('os'));
  if (args.flag('json')) {
    out.json(diff);
    return;
  }
  const { modified, removed, added } = diff;
  for (const name of modified) out.line(`M    ${name}`);
  for (const name of removed) out.line(`D    ${name}`);
  for (const name of added) out.line(`A    ${name}`);
}
