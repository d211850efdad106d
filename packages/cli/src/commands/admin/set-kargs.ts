import * as fs from 'node:fs';
import { setKernelArgs } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin instutil set-kargs [ARG...]`. */
export function run(context: CommandContext): Promise<void> {
  const { args } = context;
  return withSysroot(context, (sysroot) =>
    setKernelArgs(sysroot, {
      ...(args.flag('import-proc-cmdline') ? { procCmdline: fs.readFileSync('/proc/cmdline', 'utf8') } : {}),
      merge: args.flag('merge'),
      replace: args.list('replace'),
      append: [...args.list('append'), ...args.positionals],
    }),
  );
}
