import { setImmutable } from '@ost/linux';
import type { Sysroot } from '../sysroot.js';
import { isDirectory } from './files.js';

/** Sets the immutable flag of a deployment's root, unless the debug switch or the file system forbids. */
export function seal(sysroot: Sysroot, path: string): void {
  if (sysroot.debug.mutableDeployments === true) return;
  change(sysroot, path, true);
}

/** Clears the immutable flag, so that a deployment can be changed or removed. */
export function unseal(sysroot: Sysroot, path: string): void {
  if (isDirectory(path)) change(sysroot, path, false);
}

function change(sysroot: Sysroot, path: string, on: boolean): void {
  if (sysroot.immutableRefused) return;
  if (setImmutable(path, on) === 'denied') sysroot.immutableRefused = true;
}
