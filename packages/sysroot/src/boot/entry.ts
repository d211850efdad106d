import { type BootConfig, KernelArgs, parseBootCount } from '@ost/bootloader';
import type { Deployment } from '../state/deployment.js';
import { formatBootLink } from '../state/layout.js';
import { findKernel } from '../tree/kernel.js';
import { systemName } from '../tree/os-release.js';
import { commitVersion } from '../state/commit-facts.js';
import type { Sysroot } from '../sysroot.js';
import { installKernel } from './install-kernel.js';

/** What a deployment's boot entry depends on beside the deployment. */
export interface EntryContext {
  readonly sysroot: Sysroot;
  readonly bootversion: number;
  /** How many deployments the new list has. */
  readonly count: number;
  /** The list spans more than one stateroot, and titles say which. */
  readonly severalSystems: boolean;
}

/**
 * Installs a deployment's kernel and makes its boot entry; keys that are not ours stay.
 * @returns the file's name and the entry
 */
export function makeBootEntry(deployment: Deployment, context: EntryContext): { name: string; config: BootConfig } {
  const { sysroot, bootversion, count } = context;
  const config = deployment.bootConfig.clone();
  const link = formatBootLink({ ...deployment, bootversion });
  // The files are where they were when the deployment was made, and are not read again.
  const checksumOf = (): string => deployment.bootChecksum;
  const kernel = findKernel(deployment.path, { noDtb: sysroot.debug.noDtb ?? false, checksumOf });
  const version = count - deployment.index;

  config.set('title', title(deployment, context));
  config.set('version', String(version));
  if (deployment.index > 0) for (const [key, value] of sysroot.settings.exceptDefault) config.set(key, value);

  installKernel(
    {
      layout: sysroot.layout,
      os: deployment.os,
      kernel: { ...kernel, bootChecksum: deployment.bootChecksum },
      bootprefix: sysroot.settings.bootprefix,
      deploymentPath: sysroot.layout.deploymentPath(deployment),
    },
    config,
  );
  const args = KernelArgs.parse(config.get('options') ?? '');
  if (kernel.initramfs === undefined) args.replace(`init=${link}/usr/lib/ostree/ostree-prepare-root`);
  args.replace(`ostree=${link}`);
  config.set('options', args.toString());
  return { name: entryName(deployment, version, sysroot.settings.bootCountingTries), config };
}

function title(deployment: Deployment, { sysroot, severalSystems }: EntryContext): string {
  const name = systemName(deployment.path);
  const version = commitVersion(sysroot.repo, deployment.checksum);
  const shown = version === undefined || version === '' || name.includes(version) ? name : `${name} ${version}`;
  return `${shown} (ostree:${severalSystems ? `${deployment.os}:` : ''}${deployment.index})`;
}

/** `ostree-N-OS.conf`, with the boot count where the configuration wants one. */
export function entryName(deployment: Deployment, version: number, tries: number): string {
  const stem = `ostree-${version}-${deployment.os}`;
  if (tries === 0) return `${stem}.conf`;
  if (deployment.entryName === undefined) return `${stem}+${tries}.conf`;
  const { left, done } = parseBootCount(deployment.entryName);
  return left === 0 && done === 0 ? `${stem}.conf` : `${stem}+${left}-${done}.conf`;
}
