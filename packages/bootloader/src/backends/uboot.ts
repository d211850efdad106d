import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OstError } from '@ost/objects';
import type { BootConfig } from '../boot-config.js';
import type { Bootloader } from '../bootloader.js';
import { KernelArgs } from '../kernel-args.js';
import { joinLines } from '../native-lines.js';
import { readConfig } from '../read-config.js';
import { replaceFile } from '../replace-file.js';

const CONFIG = 'boot/loader/uEnv.txt';

/** Das U-Boot: writes `uEnv.txt` with one set of variables per entry; the second entry's end in 2, and so on. */
export const uboot: Bootloader = {
  name: 'U-Boot',

  async query(root) {
    return existsSync(join(root, CONFIG));
  },

  async isAtomic() {
    return true;
  },

  async writeConfig({ root, bootversion, entries }) {
    readConfig(root, CONFIG);
    const lines = entries.flatMap((entry, index) => variables(root, entry, index));
    replaceFile(join(root, `boot/loader.${bootversion}/uEnv.txt`), joinLines(lines));
  },
};

function variables(root: string, entry: BootConfig, index: number): string[] {
  const suffix = index === 0 ? '' : String(index + 1);
  const linux = entry.get('linux');
  if (linux === undefined) throw new OstError('config', 'No "linux" key in bootloader config');
  const lines = [`kernel_image${suffix}=/boot${linux}`];
  const initrd = entry.get('initrd');
  if (initrd !== undefined) lines.push(`ramdisk_image${suffix}=/boot${initrd}`);
  const devicetree = entry.get('devicetree');
  if (devicetree !== undefined) lines.push(`fdt_file${suffix}=/boot${devicetree}`);
  const fdtdir = entry.get('fdtdir');
  if (fdtdir !== undefined) lines.push(`fdtdir${suffix}=/boot${fdtdir}`);
  const options = entry.get('options');
  if (options !== undefined) {
    lines.push(`bootargs${suffix}=${options}`);
    if (index === 0) lines.push(...systemVariables(root, options));
  }
  return lines;
}

/** The text that the default deployment itself adds, from its `usr/lib/ostree-boot/uEnv.txt`. */
function systemVariables(root: string, options: string): string[] {
  const target = KernelArgs.parse(options).lastValue('ostree');
  if (typeof target !== 'string') {
    throw new OstError('config', 'No ostree= kernel argument found in boot loader configuration file');
  }
  const path = join(root, target, 'usr/lib/ostree-boot/uEnv.txt');
  return existsSync(path) ? [readFileSync(path, 'utf8')] : [];
}
