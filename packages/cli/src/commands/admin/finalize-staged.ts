import * as fs from 'node:fs';
import { finalizeStaged } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { openSysroot, withSysroot } from '../../lib/sysroot.js';

/** Waits for a signal with /boot in use, so that it is unmounted only after the staged deployment is written. */
async function hold(context: CommandContext): Promise<void> {
  await openSysroot(context);
  const fd = fs.openSync('/boot', fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  const keepAlive = setInterval(() => undefined, 1 << 30);
  await new Promise((resolve) => context.io.signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(keepAlive);
  fs.closeSync(fd);
}

/** `admin finalize-staged`. */
export async function run(context: CommandContext): Promise<void> {
  if (!fs.existsSync('/run/ostree-booted')) return;
  if (context.args.flag('hold')) return hold(context);
  await withSysroot(context, finalizeStaged);
}
