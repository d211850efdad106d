import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './replace-file.js';

const STAMP = 'boot/ostree-bootloader-update.stamp';

/** Notes that an installer program must run once the swap is done. An interrupted run is made up for by the next. */
export function requestUpdate(root: string): void {
  replaceFile(join(root, STAMP), '');
}

/** Whether an installer program must run. */
export function updateRequested(root: string): boolean {
  return existsSync(join(root, STAMP));
}

/** Notes that the installer program has run. */
export function updateDone(root: string): void {
  rmSync(join(root, STAMP));
}
