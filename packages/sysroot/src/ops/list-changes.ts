import { cleanup } from '../deploy/cleanup.js';
import { writeDeployments } from '../deploy/write.js';
import { OstError } from '@ost/objects';
import { wrongState } from '../errors.js';
import type { Deployment } from '../state/deployment.js';
import { KeyFile } from '@ost/repo';
import { setPinned } from '../state/origin.js';
import { deploymentAt, pendingAndRollback } from '../state/queries.js';
import type { Sysroot } from '../sysroot.js';
import { writeOrigin } from './origins.js';

/**
 * Removes a deployment from the list and from disk. Needs the lock.
 * @returns the one that is gone; its line is `Deleted deployment CHECKSUM.SERIAL`
 */
export async function undeploy(sysroot: Sysroot, index: number): Promise<Deployment> {
  const target = deploymentAt(sysroot, index);
  if (target === sysroot.booted) throw wrongState(`Cannot undeploy currently booted deployment ${index}`);
  await writeDeployments(
    sysroot,
    sysroot.deployments.filter((deployment) => deployment !== target),
  );
  await cleanup(sysroot);
  return target;
}

/** Makes a deployment the one that boots by default: also the way back. Needs the lock. */
export async function setDefault(sysroot: Sysroot, index: number): Promise<void> {
  const target = deploymentAt(sysroot, index);
  const others = sysroot.deployments.filter((deployment) => deployment !== target);
  await writeDeployments(sysroot, [target, ...others]);
  await cleanup(sysroot);
}

/** Pins a deployment, or unpins it; `false` when it was so already. Needs the lock. */
export function pin(sysroot: Sysroot, index: number, pinned = true): boolean {
  const target = deploymentAt(sysroot, index);
  if (target.staged) throw wrongState('Cannot pin staged deployment');
  if (target.pinned === pinned) return false;
  const origin = target.origin?.clone() ?? new KeyFile();
  setPinned(origin, pinned);
  writeOrigin(sysroot, target, origin);
  return true;
}

/** A deployment by the word that a user calls it: `booted`, `pending`, `rollback`, or its index. */
export function deploymentNamed(sysroot: Sysroot, word: string): Deployment {
  const { pending, rollback } = pendingAndRollback(sysroot);
  const named: Record<string, Deployment | null> = { booted: sysroot.booted, pending, rollback };
  if (word in named) {
    const found = named[word];
    if (found == null) throw new OstError('not-found', `Deployment type not found: ${word}`);
    return found;
  }
  if (!/^[0-9]+$/.test(word)) throw new OstError('invalid-argument', `Invalid index: ${word}`);
  const index = Number(word);
  if (index > 0x7fffffff) throw new OstError('invalid-argument', `Index too large: ${word}`);
  return deploymentAt(sysroot, index);
}
