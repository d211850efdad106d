import { KernelArgs } from '@ost/bootloader';
import { variant } from '@ost/gvariant';
import { replaceFile } from '../files/files.js';
import { entryName } from '../boot/entry.js';
import { cleanup } from '../deploy/cleanup.js';
import { rewriteEntry, writeDeployments } from '../deploy/write.js';
import type { Deployment } from '../state/deployment.js';
import { deploymentAt } from '../state/queries.js';
import { encodeStaged } from '../state/staged-data.js';
import type { Sysroot } from '../sysroot.js';

/**
 * Adds kernel arguments to the boot entries of all deployments where they are, unless their keys occur already. No
 * boot version is swapped and no native bootloader configuration changes. Needs the lock.
 */
export function editKernelArgsInPlace(sysroot: Sysroot, appendIfMissing: readonly string[]): void {
  const count = sysroot.deployments.filter((deployment) => !deployment.staged).length;
  let index = 0;
  for (const deployment of sysroot.deployments) {
    const args = argsOf(sysroot, deployment);
    for (const arg of appendIfMissing) args.appendIfMissing(arg);
    if (deployment.staged) {
      rewriteStaged(sysroot, args);
      continue;
    }
    const changed = withOptions(deployment, args);
    const computed = entryName(deployment, count - index, sysroot.settings.bootCountingTries);
    rewriteEntry(sysroot, changed, deployment.entryName ?? computed);
    index++;
  }
  sysroot.changed();
}

/** The arguments that a deployment boots with. A staged one without its own will have those of its merge deployment. */
function argsOf(sysroot: Sysroot, deployment: Deployment): KernelArgs {
  const from = deployment.staged ? (sysroot.stagedData?.mergeFrom ?? null) : null;
  const inherited = sysroot.deployments.find((one) => !one.staged && one.is(from))?.bootConfig.get('options');
  return KernelArgs.parse(deployment.bootConfig.get('options') ?? inherited ?? '');
}

function rewriteStaged(sysroot: Sysroot, args: KernelArgs): void {
  const others = (sysroot.stagedData?.raw ?? []).filter(([key]) => key !== 'kargs');
  const entries = [...others, ['kargs', variant('as', args.toStrings())] as const];
  replaceFile(sysroot.layout.stagedState, encodeStaged(entries), 'none');
}

/** How {@link setKernelArgs} makes the new arguments: base, replace, append, in this order. */
export interface SetKernelArgs {
  /** Begin with those of the running kernel (text of `/proc/cmdline`); goes before {@link merge}. */
  readonly procCmdline?: string;
  /** Begin with those of the deployment. Otherwise with none. */
  readonly merge?: boolean;
  readonly replace?: readonly string[];
  readonly append?: readonly string[];
}

/**
 * Sets the kernel arguments of the default deployment, by a swap of boot versions; those of a staged one are noted for
 * shutdown. Needs the lock.
 */
export async function setKernelArgs(sysroot: Sysroot, request: SetKernelArgs): Promise<void> {
  const target = deploymentAt(sysroot, 0);
  const args = startingArgs(sysroot, target, request);
  for (const arg of request.replace ?? []) args.replace(arg);
  for (const arg of request.append ?? []) args.append(arg);
  if (target.staged) {
    rewriteStaged(sysroot, args);
    sysroot.changed();
    return;
  }
  await writeDeployments(sysroot, [withOptions(target, args), ...sysroot.deployments.slice(1)]);
  await cleanup(sysroot);
}

function startingArgs(sysroot: Sysroot, target: Deployment, request: SetKernelArgs): KernelArgs {
  if (request.procCmdline !== undefined) return KernelArgs.fromProcCmdline(request.procCmdline);
  return request.merge === true ? argsOf(sysroot, target) : new KernelArgs();
}

/** A deployment with other kernel arguments. */
export function withOptions(deployment: Deployment, args: KernelArgs): Deployment {
  return deployment.with({ bootConfig: deployment.bootConfig.clone().set('options', args.toString()) });
}
