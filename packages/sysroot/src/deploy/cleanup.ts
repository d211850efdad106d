import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Checksum, formatSize, isChecksum } from '@ost/objects';
import { prune } from '@ost/repo';
import { withPrefix } from '../errors.js';
import { exists, isTemporary, namesIn, removeFile, removeTree } from '../files/files.js';
import { overlayChecksum } from '../boot/install-kernel.js';
import { identityOf, sameDirectory } from '../state/booted.js';
import { type DeploymentId, parseDeploymentName } from '../state/layout.js';
import type { Sysroot } from '../sysroot.js';
import { keepSpares, retire } from './spare.js';
import { deleteDeployment } from './staged-files.js';

/** Options of {@link cleanup}. */
export interface CleanupOptions {
  /** Also delete the repository's unreachable objects. @default true */
  readonly pruneRepo?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Removes everything that no deployment in the list needs: idle boot versions, orphaned deployment directories, boot
 * files, deployment refs, and objects. Needs the lock.
 */
export async function cleanup(sysroot: Sysroot, options: CleanupOptions = {}): Promise<void> {
  await withPrefix('Cleaning bootversions', () => cleanBootversions(sysroot));
  const retired = await withPrefix('Cleaning deployments', () => cleanDeployments(sysroot));
  await withPrefix('Keeping spare deployments', () => keepSpares(sysroot, retired));
  await withPrefix('Cleaning bootfs', () => cleanBootFiles(sysroot));
  await withPrefix('Cleaning temporary files', () => cleanTemporaries(sysroot));
  await withPrefix('Generating deployment refs', () => writeDeploymentRefs(sysroot));
  if (options.pruneRepo === false) return;
  await withPrefix('Pruning system repository', async () => {
    const { freed } = await sysroot.step((tell) => {
      tell({ step: 'prune' });
      const signal = options.signal === undefined ? {} : { signal: options.signal };
      return prune(sysroot.repo, { refsOnly: true, depth: 0, ...signal });
    });
    if (freed > 0) sysroot.emit({ type: 'freed', text: `Freed objects: ${formatSize(freed)}`, bytes: freed });
  });
}

function cleanBootversions(sysroot: Sysroot): void {
  const { layout, bootversion, subbootversion } = sysroot;
  const idle = 1 - bootversion;
  removeFile(layout.at('boot/loader.tmp'));
  removeTree(layout.loader(idle));
  removeTree(layout.linkFarm(idle));
  removeTree(layout.linkFarm(idle, 0));
  removeTree(layout.linkFarm(idle, 1));
  removeTree(layout.linkFarm(bootversion, 1 - subbootversion));
}

/** @returns paths of the trees that became spares */
function cleanDeployments(sysroot: Sysroot): string[] {
  const { layout } = sysroot;
  const retired: string[] = [];
  const running = exists(sysroot.runningRoot) ? identityOf(sysroot.runningRoot) : null;
  for (const id of deploymentsOnDisk(sysroot)) {
    if (sysroot.deployments.some((deployment) => deployment.is(id))) continue;
    if (running !== null && sameDirectory(identityOf(layout.deployment(id)), running)) continue;
    const spare = retire(sysroot, id);
    if (spare === null) deleteDeployment(sysroot, id);
    else retired.push(spare);
  }
  return retired;
}

/** Every deployment directory, in the list or not. */
export function deploymentsOnDisk(sysroot: Sysroot): DeploymentId[] {
  const found: DeploymentId[] = [];
  for (const os of namesIn(sysroot.layout.deployRoot)) {
    const dir = sysroot.layout.deployDir(os);
    if (!exists(dir)) continue;
    for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) found.push({ os, ...parseDeploymentName(entry.name) });
    }
  }
  return found;
}

/** Removes kernels and overlay initrds from `/boot` that no deployment in the list boots. */
export function cleanBootFiles(sysroot: Sysroot): void {
  const { layout, deployments } = sysroot;
  const used = new Set(deployments.map((deployment) => deployment.bootChecksum));
  for (const name of namesIn(layout.at('boot/ostree'))) {
    const checksum = name.slice(name.lastIndexOf('-') + 1);
    if (name.includes('-') && isChecksum(checksum) && !used.has(checksum)) {
      removeTree(join(layout.at('boot/ostree'), name));
    }
  }
  const initrds = new Set(
    deployments.flatMap((deployment) =>
      deployment.bootConfig.overlayInitrds.map((path) => path.slice(path.lastIndexOf('/') + 1)),
    ),
  );
  for (const name of initrds) overlayChecksum(name);
  for (const name of namesIn(layout.overlayInitrds)) {
    if (!initrds.has(name)) removeFile(join(layout.overlayInitrds, name));
  }
}

/** Removes files that a writer had not published yet when the machine stopped. */
function cleanTemporaries({ layout, bootversion }: Sysroot): void {
  const boot = layout.at('boot/ostree');
  const dirs = [boot, layout.overlayInitrds, join(layout.loader(bootversion), 'entries')];
  for (const os of namesIn(layout.deployRoot)) dirs.push(layout.deployDir(os), join(layout.stateroot(os), 'var'));
  for (const name of namesIn(boot)) dirs.push(join(boot, name));
  for (const dir of dirs) {
    for (const name of namesIn(dir)) if (isTemporary(name)) removeFile(join(dir, name));
  }
}

/** Refs `ostree/BOOTVERSION/SUBBOOTVERSION/INDEX` keep the objects of every deployment. */
async function writeDeploymentRefs(sysroot: Sysroot): Promise<void> {
  const { repo, bootversion, subbootversion } = sysroot;
  const active = `ostree/${bootversion}/${subbootversion}`;
  const wanted = new Map<string, Checksum>(
    sysroot.deployments.map((deployment, index) => [`${active}/${index}`, deployment.checksum]),
  );
  const stale = repo
    .listRefs()
    .filter(({ remote, name }) => remote === null && /^ostree\/[01]\/[01]\/[0-9]+$/.test(name) && !wanted.has(name));
  await repo.withTransaction(async (transaction) => {
    for (const { name } of stale) transaction.setRef({ name }, null);
    for (const [name, checksum] of wanted) transaction.setRef({ name }, checksum);
  });
}
