import type { BootConfig } from './boot-config.js';

/** Names that `sysroot.bootloader` in a repository's configuration may have. */
export type BootloaderSetting = 'auto' | 'none' | 'grub2' | 'syslinux' | 'uboot' | 'zipl' | 'aboot';

/** What a backend gets to write its configuration from. */
export interface WriteConfigRequest {
  /** The system's root directory, the one that holds `boot` and `ostree`. */
  root: string;
  /** The bootversion being prepared, 0 or 1; its `boot/loader.N/entries` are written already. */
  bootversion: number;
  /** All boot entries, the default one first. */
  entries: readonly BootConfig[];
  /** Paths in the entries begin with `/boot` already (`sysroot.bootprefix`). */
  bootprefix?: boolean;
}

/**
 * One bootloader. A backend turns boot entries into its native configuration, in the idle `boot/loader.N` where it
 * can: the swap of the `boot/loader` link then activates entries and native configuration in one step.
 */
export interface Bootloader {
  /** Name for people and for logs. */
  readonly name: string;
  /** Whether this root directory uses the bootloader; asked by detection only. */
  query(root: string): Promise<boolean>;
  /** Whether its configuration changes together with `boot/loader`. */
  isAtomic(root: string): Promise<boolean>;
  /** Writes the native configuration of the idle bootversion. An error abandons the swap. */
  writeConfig(request: WriteConfigRequest): Promise<void>;
  /** Runs after the swap, for bootloaders that must be told. */
  postSwap?(request: WriteConfigRequest): Promise<void>;
}
