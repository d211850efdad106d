import * as fs from 'node:fs';
import { join } from 'node:path';
import { parseBootCount } from '@ost/bootloader';
import { settleBoot } from '../boot/sync.js';
import { wrongState } from '../errors.js';
import type { Deployment } from '../state/deployment.js';
import type { Sysroot } from '../sysroot.js';
import { setDefault } from './list-changes.js';

/** What {@link countBoot} did: nothing, one boot fewer is left, or the deployment before is the default again. */
export type CountedBoot = 'not-counted' | 'counted' | 'rolled-back';

/**
 * Run early in a boot: takes one of the boots that the running default deployment has left to prove itself, as the
 * file name of its boot entry says (`sysroot.boot-counting-tries`). When none is left, the first other deployment of
 * the same stateroot becomes the default, and the caller reboots. For bootloaders that do not count themselves.
 * Needs the lock.
 */
export async function countBoot(sysroot: Sysroot): Promise<CountedBoot> {
  const booted = counted(sysroot);
  // Somebody chose another entry than the default: that proves nothing.
  if (booted === null || booted !== sysroot.deployments[0]) return 'not-counted';
  const { left, done } = parseBootCount(booted.entryName ?? '');
  if (left > 0) {
    await renameEntry(sysroot, booted, `+${left - 1}-${done + 1}`);
    return 'counted';
  }
  const back = sysroot.deployments.find((one) => one !== booted && one.os === booted.os && !one.staged);
  if (back === undefined) return 'not-counted';
  await setDefault(sysroot, back.index);
  return 'rolled-back';
}

/**
 * Run when a boot has succeeded: the running deployment is good, and its boots are counted no more. Needs the lock.
 * @returns whether they were counted
 */
export async function blessBoot(sysroot: Sysroot): Promise<boolean> {
  const booted = counted(sysroot);
  if (booted === null) return false;
  await renameEntry(sysroot, booted, '');
  return true;
}

/** The running deployment, when its boots are counted. */
function counted({ booted }: Sysroot): Deployment | null {
  if (booted === null) throw wrongState('Not currently booted into an OSTree system');
  const { left, done } = parseBootCount(booted.entryName ?? '');
  return left + done > 0 ? booted : null;
}

async function renameEntry(sysroot: Sysroot, { entryName = '' }: Deployment, count: string): Promise<void> {
  const entries = join(sysroot.layout.loader(sysroot.bootversion), 'entries');
  const stem = entryName.slice(0, entryName.lastIndexOf('+'));
  fs.renameSync(join(entries, entryName), join(entries, `${stem}${count}.conf`));
  await settleBoot(sysroot);
  sysroot.changed();
}
