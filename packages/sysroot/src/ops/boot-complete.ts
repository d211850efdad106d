import * as fs from 'node:fs';
import { takeFinalizeFailure } from '../deploy/staging.js';
import { isAbsent, wrongState } from '../errors.js';
import type { Sysroot } from '../sysroot.js';

/**
 * Run once after a boot: after a soft reboot the marker of the running system becomes that of the new root.
 * @throws OstError `state`, once, when finalizing a staged deployment failed before the boot
 */
export function completeBoot(sysroot: Sysroot): void {
  const failure = takeFinalizeFailure(sysroot);
  if (failure !== null) throw wrongState(`ostree-finalize-staged.service failed on previous boot: ${failure}`);
  const { nextRootMarker, bootedMarker } = sysroot.layout;
  try {
    fs.renameSync(nextRootMarker, bootedMarker);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
