import { statfsSync } from 'node:fs';
import { OstError } from '@ost/objects';
import { isDirectory } from '../files/files.js';
import type { Layout } from '../state/layout.js';

/** `f_type` of FAT, which an EFI system partition has. */
const MSDOS_SUPER_MAGIC = 0x4d44;

/**
 * Refuses a `/boot` that cannot hold what is written there: one change of a symbolic link is what makes a swap atomic.
 * @throws OstError `unsupported`
 */
export function assertBootUsable(layout: Layout): void {
  const boot = layout.at('boot');
  if (isDirectory(boot) && statfsSync(boot).type === MSDOS_SUPER_MAGIC) {
    throw new OstError('unsupported', '/boot cannot currently be a vfat filesystem', { data: { path: boot } });
  }
}
