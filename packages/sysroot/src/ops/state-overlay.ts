import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { lgetxattr, lsetxattr, mount } from '@ost/linux';
import { asOstError, notFound, wrongState } from '../errors.js';
import { copyDirectoryAttributes } from '../files/copy.js';
import { isDirectory, makeDirs, namesIn, removeTree } from '../files/files.js';
import type { Sysroot } from '../sysroot.js';

const DEPLOYED = 'user.ostree.deploymentcsum';

/**
 * Mounts an overlay over a directory of the running deployment, whose changes last in `/var`. What a new deployment
 * brings along wins over older changes of the same files.
 * @param name - name of the overlay, one path component
 */
export function mountStateOverlay(sysroot: Sysroot, name: string, mountPath: string): void {
  const { upper, work } = prepareStateOverlay(sysroot, name, mountPath);
  try {
    const data = `lowerdir=${mountPath},upperdir=${upper},workdir=${work}`;
    mount({ source: 'overlay', target: mountPath, type: 'overlay', data });
  } catch (error) {
    throw asOstError(error, `Failed to mount overlay on ${mountPath}`);
  }
}

/** The directories of a state overlay, with those changes removed that a new deployment has overtaken. */
export function prepareStateOverlay(
  sysroot: Sysroot,
  name: string,
  mountPath: string,
): { readonly upper: string; readonly work: string } {
  const { booted } = sysroot;
  if (booted === null) throw wrongState('Must be booted into an OSTree deployment');
  if (!isDirectory(mountPath)) throw notFound(`opendir(${mountPath}): No such file or directory`);
  const base = resolve(sysroot.runningRoot, 'var/ostree/state-overlays', name);
  const [upper, work] = [join(base, 'upper'), join(base, 'work')];
  makeDirs(work, 0o700);
  makeDirs(upper, 0o700);
  const known = lgetxattr(upper, DEPLOYED);
  if (known === null || Buffer.from(known).toString() !== booted.checksum) {
    dropOvertaken(upper, mountPath);
    // What is mounted shows the owner and mode of the upper directory.
    copyDirectoryAttributes(Buffer.from(mountPath), Buffer.from(upper));
    lsetxattr(upper, DEPLOYED, Buffer.from(booted.checksum));
  }
  return { upper, work };
}

/** Deletes from `upper` what `lower` has too; directories that are in both are looked into. */
function dropOvertaken(upper: string, lower: string): void {
  for (const name of namesIn(upper)) {
    const [over, under] = [join(upper, name), join(lower, name)];
    const below = fs.lstatSync(under, { throwIfNoEntry: false });
    if (below === undefined) continue;
    if (below.isDirectory() && fs.lstatSync(over).isDirectory() && !isOpaque(over)) dropOvertaken(over, under);
    else removeTree(over);
  }
}

function isOpaque(dir: string): boolean {
  const value = lgetxattr(dir, 'trusted.overlay.opaque');
  return value !== null && Buffer.from(value).toString() === 'y';
}
