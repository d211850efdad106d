import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MS, mount, statvfs, unshareMounts } from '@ost/linux';
import type { Sysroot } from '../sysroot.js';

/**
 * Gives the process a mount namespace of its own when it runs as root and shares that of the machine, so that
 * {@link ensureWritable} changes nothing for others. Call it before any worker thread starts.
 * @returns whether a new namespace was made
 */
export function enterMountNamespace(): boolean {
  if (process.getuid?.() !== 0) return false;
  if (readlinkSync('/proc/1/ns/mnt') !== readlinkSync('/proc/self/ns/mnt')) return false;
  unshareMounts();
  return true;
}

/** On the running system, remounts `/sysroot` and `/boot` for writing where they are mounted read-only. */
export function ensureWritable(sysroot: Sysroot): void {
  if (sysroot.booted === null) return;
  for (const name of ['sysroot', 'boot']) {
    const path = join(sysroot.runningRoot, name);
    if (!existsSync(path) || !statvfs(path).readOnly) continue;
    mount({ source: path, target: path, flags: MS.REMOUNT | MS.RELATIME, data: '' });
  }
}
