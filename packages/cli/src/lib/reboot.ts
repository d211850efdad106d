import { spawnSync } from 'node:child_process';
import { OstError } from '@ost/objects';
import type { Sysroot } from '@ost/sysroot';
import type { CommandContext } from '../context.js';

/** Refuses `--kexec`, which needs a system call that is not there yet. */
export function refuseKexec({ args }: CommandContext): void {
  if (args.flag('kexec')) {
    throw new OstError('unsupported', 'This version of ostree is not compiled with kexec support');
  }
}

/** Reboots if that was asked for and the root is the running system. */
export function rebootIfAsked(context: CommandContext, sysroot: Sysroot): void {
  if (context.args.flag('reboot') && sysroot.booted !== null) reboot(context);
}

/** Reboots the machine. */
export function reboot({ out, err }: CommandContext): void {
  out.flush();
  err.flush();
  const { status } = spawnSync('systemctl', ['reboot'], { stdio: 'inherit' });
  if (status !== 0) throw new OstError('state', 'systemctl reboot failed');
}
