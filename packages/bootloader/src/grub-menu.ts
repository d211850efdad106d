import { OstError } from '@ost/objects';
import type { BootConfig } from './boot-config.js';
import { shellQuote } from './shell-quote.js';

/** What grub-mkconfig hands to a menu generator through the environment. */
export interface GrubMenuOptions {
  /** `GRUB2_BOOT_DEVICE_ID`. */
  bootDeviceId: string;
  /** `GRUB2_PREPARE_ROOT_CACHE`: the commands that make the boot file system available. */
  prepareRoot: string;
  /** Ending of the commands `linux` and `initrd`: `''`, `'16'` or `'efi'`. Default none, which modern GRUB wants. */
  commandSuffix?: string;
}

/** The part of a `grub.cfg` for these entries, as `admin instutil grub2-generate` prints it. */
export function grubMenu(entries: readonly BootConfig[], options: GrubMenuOptions): string {
  const suffix = options.commandSuffix ?? '';
  let text = '';
  for (const [index, entry] of entries.entries()) {
    const id = `ostree-${index}-${options.bootDeviceId}`;
    const title = shellQuote(entry.get('title') ?? '(Untitled)');
    const classes = '--class gnu-linux --class gnu --class os --unrestricted';
    text += `menuentry ${title} ${classes} ${shellQuote(id)} {\n`;
    text += `load_video\nset gfxpayload=keep\ninsmod gzio\n${options.prepareRoot}\n`;
    text += `linux${suffix} ${kernelOf(entry)}${optionsOf(entry)}\n`;
    const initrd = entry.get('initrd');
    if (initrd !== undefined) text += `initrd${suffix} ${initrd}\n`;
    const devicetree = entry.get('devicetree');
    if (devicetree !== undefined) text += `devicetree ${devicetree}\n`;
    text += '}\n';
  }
  return text;
}

/**
 * A whole, self-contained `grub.cfg` for machines without grub-mkconfig.
 *
 * @param prefix - goes before every path: `/boot` when `/boot` is no file system of its own.
 */
export function standaloneGrubConfig(entries: readonly BootConfig[], prefix: string): string {
  let text = '# Generated from the entries in boot/loader/entries; changes here will be lost.\n\n';
  text += 'serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\ndefault=boot\ntimeout=10\n\n';
  for (const entry of entries) {
    text += `menuentry ${shellQuote(entry.get('title') ?? '(Untitled)')} {\n`;
    text += `\t linux ${prefix}${kernelOf(entry)}${optionsOf(entry)}\n`;
    const initrd = entry.get('initrd');
    if (initrd !== undefined) text += `\t initrd ${prefix}${initrd}\n`;
    const devicetree = entry.get('devicetree');
    if (devicetree !== undefined) text += `\t devicetree ${prefix}${devicetree}\n`;
    text += '}\n\n';
  }
  return text;
}

function kernelOf(entry: BootConfig): string {
  const linux = entry.get('linux');
  if (linux === undefined) throw new OstError('config', 'No "linux" key in bootloader config');
  return linux;
}

function optionsOf(entry: BootConfig): string {
  const options = entry.get('options');
  return options === undefined ? '' : ` ${options}`;
}
