export { BootConfig } from './boot-config.js';
export { entriesDir, parseBootCount, readBootEntries } from './boot-entries.js';
export { compareVersions } from './version-order.js';
export { KernelArgs } from './kernel-args.js';
export { formatArg, parseArg, splitCommandLine } from './tokenize.js';
export { grubMenu, standaloneGrubConfig } from './grub-menu.js';
export { parseBootloaderSetting, selectBootloader } from './select.js';
export { grub2 } from './backends/grub2.js';
export { syslinux } from './backends/syslinux.js';
export { uboot } from './backends/uboot.js';
export { aboot, zipl } from './backends/refused.js';

export type { BootCount, BootEntry } from './boot-entries.js';
export type { KernelArg } from './tokenize.js';
export type { GrubMenuOptions } from './grub-menu.js';
export type { Bootloader, BootloaderSetting, WriteConfigRequest } from './bootloader.js';
export type { SelectOptions } from './select.js';
export type { Grub2Options } from './backends/grub2.js';
