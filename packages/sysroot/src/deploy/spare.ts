import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Checksum, isChecksum } from '@ost/objects';
import { forgetCheckouts, kernelHasSelinux, updateCheckout, type UpdateCheckoutOptions } from '@ost/repo';
import { isAbsent, withPrefix } from '../errors.js';
import { makeDirs, namesIn, removeFile, removeTree } from '../files/files.js';
import { unseal } from '../files/immutable.js';
import type { DeploymentId } from '../state/layout.js';
import type { Sysroot } from '../sysroot.js';

/*
 * With `sysroot.incremental-deploy`, each stateroot keeps the tree of its last retired deployment as a spare, made equal
 * to one that is deployed: it takes directories, but no content of its own. The next deployment is made from it and
 * costs what changed. Its `/etc`, once it was somebody's, becomes a copy of the defaults again. A spare never is in the
 * list, so that whatever interrupts its use harms nothing that boots, and its content is never trusted: what has changed
 * since it was last looked at is read again.
 *
 * The objects of deployments in the list are kept. A tree that fell out of the list unseen may hold others, which a
 * prune has deleted and a pull has brought back as other files, so that all of it is read.
 */

/** Does what a checkout does, to an older tree. Labels of files in `/etc` depend on a policy, which is nothing for copies. */
function update(
  sysroot: Sysroot,
  checksum: Checksum,
  path: string,
  options: Pick<UpdateCheckoutOptions, 'signal' | 'trust'>,
): Promise<{ readonly copied: boolean }> {
  const copy = kernelHasSelinux() ? {} : { copy: { from: '/usr/etc', to: 'etc' } };
  const all = { ...options, ...copy, processPassthroughWhiteouts: true, remember: true };
  return updateCheckout(sysroot.repo, checksum, path, all);
}

/**
 * Makes the directory of a new deployment of the spare of its stateroot.
 * @returns null when there is none, else whether it has its `/etc`
 */
export async function useSpare(
  sysroot: Sysroot,
  { os, checksum, path }: { readonly os: string; readonly checksum: Checksum; readonly path: string },
  signal: AbortSignal | undefined,
): Promise<{ readonly hasEtc: boolean } | null> {
  const [spare] = isEnabled(sysroot) ? sparesOf(sysroot, os) : [];
  if (spare === undefined) return null;
  fs.renameSync(spare.path, path);
  const kept = deployedFrom(sysroot, os).includes(spare.checksum);
  const stop = signal === undefined ? {} : { signal };
  const { copied } = await update(sysroot, checksum, path, { ...stop, trust: kept ? 'unchanged' : 'nothing' });
  // Otherwise the root gets this time when `/etc` is made in it.
  if (copied) fs.utimesSync(path, Date.now() / 1000, Date.now() / 1000);
  return { hasEtc: copied };
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
        await withPrefix(`Updating ${spare.path}`, () => update(sysroot, wanted, spare.path, { trust }));
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
