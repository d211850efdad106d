import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Checksum, isChecksum } from '@ost/objects';
import { updateCheckout } from '@ost/repo';
import { isAbsent, withPrefix } from '../errors.js';
import { makeDirs, namesIn, removeFile, removeTree } from '../files/files.js';
import { unseal } from '../files/immutable.js';
import type { DeploymentId } from '../state/layout.js';
import type { Sysroot } from '../sysroot.js';

/*
 * With `sysroot.incremental-deploy`, each stateroot keeps the tree of its last retired deployment as a spare, made equal
 * to one that is deployed: it takes directories, but no content of its own. The next deployment is made from it and
 * costs what changed. A spare never is in the list, so that whatever interrupts its use harms nothing that boots, and
 * its content is never trusted.
 */

/** Hands the spare of a stateroot out as the directory of a new deployment; false when there is none. */
export function takeSpare(sysroot: Sysroot, os: string, path: string): boolean {
  const [spare] = isEnabled(sysroot) ? sparesOf(sysroot, os) : [];
  if (spare === undefined) return false;
  fs.renameSync(spare.path, path);
  return true;
}

/** Makes a deployment that is no longer in the list the spare of its stateroot; false when that needs none. */
export function retire(sysroot: Sysroot, id: DeploymentId): boolean {
  const { layout } = sysroot;
  if (!isEnabled(sysroot) || sparesOf(sysroot, id.os).length > 0) return false;
  if (!sysroot.deployments.some(({ os }) => os === id.os)) return false;
  const path = layout.deployment(id);
  unseal(sysroot, path);
  removeTree(layout.backing(id));
  removeFile(layout.origin(id));
  makeDirs(layout.spares(id.os), 0o755);
  fs.renameSync(path, join(layout.spares(id.os), id.checksum));
  return true;
}

/** Makes each spare the tree of a deployment in the list, so that it keeps no old content; removes all others. */
export async function keepSpares(sysroot: Sysroot): Promise<void> {
  const { layout, deployments, repo } = sysroot;
  for (const os of namesIn(layout.deployRoot)) {
    const current = isEnabled(sysroot) ? deployments.filter((one) => one.os === os).map((one) => one.checksum) : [];
    const [spare, ...others] = sparesOf(sysroot, os);
    for (const { path } of others) removeTree(path);
    const [wanted] = current;
    if (wanted === undefined) removeTree(layout.spares(os));
    else if (spare !== undefined && !current.includes(spare.checksum)) {
      await withPrefix(`Updating ${spare.path}`, () =>
        updateCheckout(repo, wanted, spare.path, { processPassthroughWhiteouts: true }),
      );
      fs.renameSync(spare.path, join(layout.spares(os), wanted));
    }
  }
}

function isEnabled({ settings, repo }: Sysroot): boolean {
  return settings.incrementalDeploy && repo.mode === 'bare';
}

function sparesOf(sysroot: Sysroot, os: string): readonly { path: string; checksum: Checksum }[] {
  const directory = sysroot.layout.spares(os);
  try {
    return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const { name } = entry;
      return entry.isDirectory() && isChecksum(name) ? [{ path: join(directory, name), checksum: name }] : [];
    });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
