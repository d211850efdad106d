import { closeSync, existsSync, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { joinMounts, MS, mount, statvfs, unshareMounts } from '@ost/linux';
import type { Sysroot } from '../sysroot.js';

const OWN_NAMESPACE = '/proc/self/ns/mnt';

/** The namespace that {@link enterMountNamespace} left. */
let machineNamespace: number | null = null;

/**
 * Gives the process a mount namespace of its own when it runs as root and shares that of the machine, so that
 * {@link ensureWritable} changes nothing for others. Call it before any worker thread starts.
 * @returns whether a new namespace was made
 */
export function enterMountNamespace(): boolean {
  if (process.getuid?.() !== 0) return false;
  if (readlinkSync('/proc/1/ns/mnt') !== readlinkSync(OWN_NAMESPACE)) return false;
  machineNamespace = openSync(OWN_NAMESPACE, 'r');
  unshareMounts();
  // What is mounted or remounted from here on must not reach the machine.
  mount({ target: '/', flags: MS.REC | MS.PRIVATE });
  return true;
}

/** Runs `body`, which mounts something for everybody, where the machine's mounts are. The main thread only. */
export function withMachineMounts(body: () => void): void {
  if (machineNamespace === null) return body();
  const directory = process.cwd();
  const own = openSync(OWN_NAMESPACE, 'r');
  try {
    joinMounts(machineNamespace);
    try {
      body();
    } finally {
      joinMounts(own);
      process.chdir(directory);
    }
  } finally {
    closeSync(own);
  }
}

/**
 * On the running system, remounts `/sysroot` and `/boot` for writing where they are mounted read-only.
 * @returns whether anything changed; what was opened before, a `Sysroot` too, still takes them for read-only
 */
export function ensureWritable(sysroot: Sysroot): boolean {
  if (sysroot.booted === null) return false;
  const paths = ['sysroot', 'boot'].map((name) => join(sysroot.runningRoot, name));
  const readOnly = paths.filter((path) => existsSync(path) && statvfs(path).readOnly);
  for (const path of readOnly) mount({ source: path, target: path, flags: MS.REMOUNT | MS.RELATIME, data: '' });
  return readOnly.length > 0;
}
