import { OstError } from '@ost/objects';
import { aboot, type AbootOptions } from './backends/aboot.js';
import { type Grub2Options, grub2 } from './backends/grub2.js';
import { syslinux } from './backends/syslinux.js';
import { uboot } from './backends/uboot.js';
import { zipl, type ZiplOptions } from './backends/zipl.js';
import type { Bootloader, BootloaderSetting } from './bootloader.js';

const SETTINGS: readonly string[] = ['auto', 'none', 'grub2', 'syslinux', 'uboot', 'zipl', 'aboot'];

/** Checks the value of `sysroot.bootloader`; absent means `auto` (on IBM Z, `zipl`). */
export function parseBootloaderSetting(text: string | null | undefined): BootloaderSetting {
  if (text === null || text === undefined) return process.arch === 's390x' ? 'zipl' : 'auto';
  if (!SETTINGS.includes(text)) throw new OstError('config', `Invalid bootloader configuration: '${text}'`);
  return text as BootloaderSetting;
}

/** Options of {@link selectBootloader}. */
export interface SelectOptions {
  grub2?: Grub2Options;
  zipl?: ZiplOptions;
  aboot?: AbootOptions;
}

/**
 * The backend for a root directory: the one that the setting names, without probing; or with `auto` the first of
 * syslinux, grub2 and U-Boot that is in use there. `null` means boot entries only.
 */
export async function selectBootloader(
  root: string,
  setting: BootloaderSetting,
  options: SelectOptions = {},
): Promise<Bootloader | null> {
  switch (setting) {
    case 'none':
      return null;
    case 'grub2':
      return grub2({ ...options.grub2, explicit: true });
    case 'syslinux':
      return syslinux;
    case 'uboot':
      return uboot;
    case 'zipl':
      return zipl(options.zipl);
    case 'aboot':
      return aboot(options.aboot);
    case 'auto':
      for (const backend of [syslinux, grub2(options.grub2), uboot]) {
        if (await backend.query(root)) return backend;
      }
      return null;
  }
}
