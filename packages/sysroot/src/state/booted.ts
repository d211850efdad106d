import { statSync } from 'node:fs';
import { asOstError } from '../errors.js';
import { readIfPresent } from '../files/files.js';
import { lookup, readDictionary } from './dictionary.js';
import type { Layout } from './layout.js';

/** Device and inode of a directory. */
export interface DirectoryIdentity {
  dev: bigint;
  ino: bigint;
}

/** Device and inode of a directory, links followed. */
export function identityOf(path: string): DirectoryIdentity {
  const { dev, ino } = statSync(path, { bigint: true });
  return { dev, ino };
}

/** Whether both are the same directory. */
export function sameDirectory(a: DirectoryIdentity, b: DirectoryIdentity): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/**
 * The identity of the running deployment's directory, when the machine runs from this system root; else `null`.
 * The marker file that the initramfs leaves says so; `/proc/cmdline` is not asked.
 */
export function bootedIdentity(layout: Layout, runningRoot: string): DirectoryIdentity | null {
  let marker: Buffer | null;
  try {
    marker = readIfPresent(layout.bootedMarker);
  } catch (error) {
    throw asOstError(error, `failed to read ${layout.bootedMarker}`);
  }
  if (marker === null) return null;
  if (!sameDirectory(identityOf(layout.root), identityOf(runningRoot))) return null;
  return backingRoot(marker, layout.bootedMarker) ?? identityOf(runningRoot);
}

/** The identity of the deployment that a soft reboot would go to, when one is prepared; else `null`. */
export function softRebootIdentity(layout: Layout): DirectoryIdentity | null {
  const marker = readIfPresent(layout.nextRootMarker);
  return marker === null ? null : backingRoot(marker, layout.nextRootMarker);
}

function backingRoot(marker: Uint8Array, path: string): DirectoryIdentity | null {
  const backing = lookup(readDictionary(marker, path), 'backing-root-device-inode', '(tt)');
  return backing === undefined ? null : { dev: backing[0], ino: backing[1] };
}
