import { isLinuxError, MNT_DETACH, umount } from '@ost/linux';
import { removeFile } from '../files/files.js';
import type { Sysroot } from '../sysroot.js';
import { withMachineMounts } from './writable.js';

/** Takes back a soft reboot that is prepared; nothing happens when there is none. Needs the lock. */
export function resetSoftReboot(sysroot: Sysroot): void {
  if (!removeFile(sysroot.layout.nextRootMarker)) return;
  try {
    withMachineMounts(() => umount(sysroot.layout.nextRoot, MNT_DETACH));
  } catch (error) {
    // Not a mount point, or not there: the preparation was interrupted before it mounted anything.
    if (!isLinuxError(error) || (error.code !== 'EINVAL' && error.code !== 'ENOENT')) throw error;
  }
  sysroot.changed();
}
