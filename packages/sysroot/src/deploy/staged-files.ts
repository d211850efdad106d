import { removeFile, removeTree } from '../files/files.js';
import { unseal } from '../files/immutable.js';
import type { Deployment } from '../state/deployment.js';
import type { DeploymentId } from '../state/layout.js';
import type { Sysroot } from '../sysroot.js';

/**
 * Removes a deployment from disk. Its directory goes last: that is what a later clean-up looks for, should this one
 * be interrupted.
 */
export function deleteDeployment(sysroot: Sysroot, id: DeploymentId): void {
  const { layout } = sysroot;
  unseal(sysroot, layout.deployment(id));
  removeTree(layout.backing(id));
  removeFile(layout.origin(id));
  removeTree(layout.deployment(id));
}

/** Forgets and removes a staged deployment. */
export function dropStaged(sysroot: Sysroot, staged: Deployment): void {
  removeFile(sysroot.layout.stagedState);
  deleteDeployment(sysroot, staged);
  removeFile(sysroot.layout.stagedLock);
}
