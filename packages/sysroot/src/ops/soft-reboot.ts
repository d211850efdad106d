import { KernelArgs } from '@ost/bootloader';
import { OstError } from '@ost/objects';
import { wrongState } from '../errors.js';
import type { Deployment } from '../state/deployment.js';
import type { Sysroot } from '../sysroot.js';

/**
 * Checks whether the running kernel could go on with another deployment, and then refuses: a soft reboot needs
 * composefs, and no deployment made here has an image. Needs the lock.
 * @throws OstError `state` when the deployment could never be a target, else `unsupported`
 */
export function prepareSoftReboot(sysroot: Sysroot, target: Deployment): never {
  const { booted } = sysroot;
  if (booted === null) throw wrongState('Not currently booted into an OSTree system');
  if (target.is(booted)) {
    throw wrongState(`Cannot prepare for soft-reboot currently booted deployment ${target.index}`);
  }
  if (!sharesKernelState(booted, target)) {
    throw wrongState('Cannot soft-reboot to deployment with different kernel state');
  }
  throw new OstError('unsupported', 'soft reboot not supported without composefs');
}

function sharesKernelState(booted: Deployment, target: Deployment): boolean {
  if (booted.bootChecksum !== target.bootChecksum) return false;
  const options = target.bootConfig.get('options');
  return options === undefined || comparable(options) === comparable(booted.bootConfig.get('options') ?? '');
}

function comparable(options: string): string {
  return KernelArgs.parse(options).deleteIfPresent('ostree').toString();
}
