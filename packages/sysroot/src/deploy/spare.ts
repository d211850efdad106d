import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Checksum, isChecksum } from '@ost/objects';
import { forgetCheckouts, updateCheckout } from '@ost/repo';
import { isAbsent, withPrefix } from '../errors.js';
import { makeDirs, namesIn, removeFile, removeTree } from '../files/files.js';
import { unseal } from '../files/immutable.js';
import type { DeploymentId } from '../state/layout.js';
import type { Sysroot } from '../sysroot.js';

/*
 * With `sysroot.incremental-deploy`, each stateroot keeps the tree of its last retired deployment as a spare, made equal
 * to one that is deployed: it takes directories, but no content of its own. The next deployment is made from it and
 * costs what changed. A spare never is in the list, so that whatever interrupts its use harms nothing that boots, and
 * its content is never trusted: what has changed since it was last looked at is read again.
 *
 * The objects of deployments in the list are kept. A tree that fell out of the list unseen may hold others, which a
 * prune has deleted and a pull has brought back as other files, so that all of it is read.
 */

/**
 * Hands the spare of a stateroot out as the directory of a new deployment; null when there is none.
 * @returns whether its objects were kept
 */
export function takeSpare(sysroot: Sysroot, os: string, path: string): { readonly kept: boolean } | null {
  const [spare] = isEnabled(sysroot) ? sparesOf(sysroot, os) : [];
  if (spare === undefined) return null;
  fs.renameSync(spare.path, path);
  return { kept: deployedFrom(sysroot, os).includes(spare.checksum) };
}

/** Makes a deployment that is no longer in the list the spare of its stateroot, and gives its path; null for none. */
export function retire(sysroot: Sysroot, id: DeploymentId): string | null {
  const { layout } = sysroot;
  if (!isEnabled(sysroot) || sparesOf(sysroot, id.os).length > 0) return null;
  if (deployedFrom(sysroot, id.os).length === 0) return null;
  const path = layout.deployment(id);
  const spare = join(layout.spares(id.os), id.checksum);
  unseal(sysroot, path);
  removeTree(layout.backing(id));
  removeFile(layout.origin(id));
  makeDirs(layout.spares(id.os), 0o755);
  fs.renameSync(path, spare);
  return spare;
}

/**
 * Makes each spare the tree of a deployment in the list, so that it keeps no old content; removes all others.
 * @param retired spares that were in the list until now
 */
export async function keepSpares(sysroot: Sysroot, retired: readonly string[]): Promise<void> {
  const { layout, deployments, repo } = sysroot;
  const trees = deployments.map(({ path }) => path);
  for (const os of namesIn(layout.deployRoot)) {
    const current = isEnabled(sysroot) ? deployedFrom(sysroot, os) : [];
    const [spare, ...others] = sparesOf(sysroot, os);
    for (const { path } of others) removeTree(path);
    const [wanted] = current;
    if (wanted === undefined) removeTree(layout.spares(os));
    else if (spare !== undefined) {
      const path = join(layout.spares(os), current.includes(spare.checksum) ? spare.checksum : wanted);
      if (path !== spare.path) {
        // What somebody has done to it is found out when it is taken.
        const trust = retired.includes(spare.path) ? 'memory' : 'nothing';
        const options = { processPassthroughWhiteouts: true, remember: true, trust } as const;
        await withPrefix(`Updating ${spare.path}`, () => updateCheckout(repo, wanted, spare.path, options));
        fs.renameSync(spare.path, path);
      }
      trees.push(path);
    }
  }
  forgetCheckouts(repo, trees);
}

/** Commits of a stateroot's deployments in the list. */
function deployedFrom({ deployments }: Sysroot, os: string): readonly Checksum[] {
  return deployments.filter((one) => one.os === os).map(({ checksum }) => checksum);
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
