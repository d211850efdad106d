import * as fs from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { MNT_DETACH, MS, mount, umount } from '@ost/linux';
import { KeyFile } from '@ost/repo';
import { cleanup } from '../deploy/cleanup.js';
import { insertInto } from '../deploy/list.js';
import { deployTree } from '../deploy/tree.js';
import { withMachineMounts } from '../deploy/writable.js';
import { writeDeployments } from '../deploy/write.js';
import { asOstError, notFound, wrongState } from '../errors.js';
import { makeDirs, removeTree, replaceFile } from '../files/files.js';
import { unseal } from '../files/immutable.js';
import type { Deployment } from '../state/deployment.js';
import { mergeDeploymentFor } from '../state/queries.js';
import type { Sysroot } from '../sysroot.js';

/**
 * Ways to make the running `/usr` writable: `hotfix` lasts, with an unchanged copy of the deployment as the way back;
 * `development` is lost at reboot; `transient` too, and is read-only until somebody remounts it for themselves.
 */
export type UnlockMode = 'hotfix' | 'development' | 'transient';

/**
 * Mounts a writable overlay over the `/usr` of the running deployment, for the whole machine. Needs the lock and the
 * main thread.
 */
export async function unlock(sysroot: Sysroot, mode: UnlockMode): Promise<void> {
  const { booted, layout } = sysroot;
  if (booted === null) throw wrongState('Not currently booted into an OSTree system');
  if (booted.unlocked !== 'none') throw wrongState(`Deployment is already in unlocked state: ${booted.unlocked}`);
  const mergeFrom = mergeDeploymentFor(sysroot, booted.os);
  if (mergeFrom === null) throw notFound('No previous deployment to duplicate');
  if (mode === 'hotfix') await keepCopy(sysroot, booted, mergeFrom);

  unseal(sysroot, booted.path);
  const dirMode = fs.statSync(join(booted.path, 'usr')).mode & 0o7777;
  const [upper, work] = overlayDirs(sysroot, booted, mode);
  for (const path of [upper, work]) {
    fs.mkdirSync(path);
    fs.chmodSync(path, dirMode);
  }
  withMachineMounts(() => mountOverlay(sysroot, booted, [upper, work], mode));

  if (mode === 'hotfix') {
    const origin = booted.origin?.clone() ?? new KeyFile();
    origin.set('origin', 'unlocked', 'hotfix');
    replaceFile(layout.origin(booted), origin.serialize(), 'always');
  } else {
    makeDirs(layout.deploymentState(booted), 0o755);
    fs.writeFileSync(join(layout.deploymentState(booted), `unlocked-${mode}`), '');
  }
  sysroot.changed();
}

/** A copy of the deployment as it was, to go back to. */
async function keepCopy(sysroot: Sysroot, booted: Deployment, mergeFrom: Deployment): Promise<void> {
  await cleanup(sysroot, { pruneRepo: false });
  const copy = await deployTree(sysroot, {
    os: booted.os,
    checksum: booted.checksum,
    origin: booted.origin,
    mergeFrom,
  });
  await writeDeployments(sysroot, insertInto(sysroot, copy, { notDefault: true, mergeFrom }));
  await cleanup(sysroot);
}

function overlayDirs(sysroot: Sysroot, booted: Deployment, mode: UnlockMode): [upper: string, work: string] {
  if (mode === 'hotfix') return [join(booted.path, '.usr-ovl-upper'), join(booted.path, '.usr-ovl-work')];
  const base = join(sysroot.layout.backing(booted), 'usr-transient');
  removeTree(base);
  makeDirs(base, 0o700);
  return [join(base, 'upper'), join(base, 'work')];
}

/**
 * Mounts the overlay for the whole machine. There the system root may be read-only, and what lies below an overlay
 * must not be: the layers are named through a writable mount that goes again at once.
 */
function mountOverlay(sysroot: Sysroot, booted: Deployment, [upper, work]: [string, string], mode: UnlockMode): void {
  const { layout } = sysroot;
  const stateroot = layout.stateroot(booted.os);
  const writable = join(layout.run, 'ostree/unlock');
  const before = process.cwd();
  try {
    makeDirs(dirname(writable), 0o755);
    makeDirs(writable, 0o700);
    mount({ source: stateroot, target: writable, flags: MS.BIND });
    try {
      mount({ target: writable, flags: MS.REMOUNT | MS.BIND });
      // The names of a hotfix overlay are relative to the deployment: the initramfs mounts it again at every boot.
      process.chdir(join(writable, relative(stateroot, booted.path)));
      const layers = [upper, work].map((path) => relative(booted.path, path));
      mount({
        source: 'overlay',
        target: join(sysroot.runningRoot, 'usr'),
        type: 'overlay',
        flags: mode === 'transient' ? MS.RDONLY : 0,
        data: `lowerdir=usr,upperdir=${layers[0]},workdir=${layers[1]}`,
      });
    } finally {
      process.chdir(before);
      umount(writable, MNT_DETACH);
      fs.rmdirSync(writable);
    }
  } catch (error) {
    throw asOstError(error, 'Failed overlayfs mount');
  }
}
