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

/** Options of {@link standaloneGrubConfig}. */
export interface StandaloneGrubOptions {
  /** Goes before every path: `/boot` when `/boot` is no file system of its own. @default none */
  readonly prefix?: string;
  /** Look for the file system that has the kernel: the configuration is on another one, such as an EFI partition. */
  readonly search?: boolean;
}

/** A whole, self-contained `grub.cfg` for systems that grub-mkconfig does not describe. The first entry boots. */
export function standaloneGrubConfig(entries: readonly BootConfig[], options: StandaloneGrubOptions = {}): string {
  const { prefix = '', search = false } = options;
  let text = '# Generated from the entries in boot/loader/entries; changes here will be lost.\n\n';
  text += 'serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1\nset default=0\nset timeout=10\n\n';
  for (const entry of entries) {
    text += `menuentry ${shellQuote(entry.get('title') ?? '(Untitled)')} {\n`;
    if (search) text += `\t search --no-floppy --file --set=root ${prefix}${kernelOf(entry)}\n`;
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
