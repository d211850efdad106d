import {
  closeSync,
  copyFileSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { OstError } from '@ost/objects';
import type { Bootloader, WriteConfigRequest } from '../bootloader.js';
import { runProgram } from '../run-program.js';

const DEFAULT_GENERATORS = ['/usr/sbin/grub2-mkconfig', '/usr/sbin/grub-mkconfig', '/sbin/grub2-mkconfig'];

/** Options of {@link grub2}; the command line fills them from `OSTREE_GRUB2_EXEC` and `OSTREE_DEBUG_GRUB2`. */
export interface Grub2Options {
  /**
   * Program that writes `grub.cfg`, called as `PROGRAM -o FILE` with the bootversion in
   * `_OSTREE_GRUB2_BOOTVERSION`. Default: the system's grub-mkconfig, which works only when the root is `/`.
   */
  generator?: string;
  /** Let the generator's output through. */
  verbose?: boolean;
  /** `/boot/efi` configurations are not looked for: the setting named this backend, nobody probed. */
  explicit?: boolean;
}

/** GRUB 2, on BIOS (`boot/grub2/grub.cfg` linked into `boot/loader`) or EFI (replaced in place, not atomic). */
export function grub2(options: Grub2Options = {}): Bootloader {
  const efiConfig = (root: string): string | null => (options.explicit === true ? null : findEfiConfig(root));
  return {
    name: 'grub2',

    async query(root) {
      if (hasStaticConfigs(root)) return false;
      return hasBiosConfig(root) || findEfiConfig(root) !== null;
    },

    async isAtomic(root) {
      return hasBiosConfig(root) || efiConfig(root) === null;
    },

    async writeConfig(request) {
      const efi = hasBiosConfig(request.root) ? null : efiConfig(request.root);
      if (efi === null) {
        await generate(request, join(request.root, `boot/loader.${request.bootversion}/grub.cfg`), false, options);
      } else {
        rmSync(`${efi}.new`, { force: true });
        await generate(request, `${efi}.new`, true, options);
        rmSync(`${efi}.old`, { force: true });
        copyFileSync(efi, `${efi}.old`);
        rmSync(efi);
        renameSync(`${efi}.new`, efi);
      }
    },
  };
}

function hasBiosConfig(root: string): boolean {
  return existsSync(join(root, 'boot/grub/grub.cfg')) || existsSync(join(root, 'boot/grub2/grub.cfg'));
}

function findEfiConfig(root: string): string | null {
  const dir = join(root, 'boot/efi/EFI');
  if (!existsSync(dir)) return null;
  for (const vendor of readdirSync(dir)) {
    const path = join(dir, vendor, 'grub.cfg');
    if (vendor !== 'BOOT' && existsSync(path)) return path;
  }
  return null;
}

/** bootupd manages a static GRUB configuration that reads the entries by itself. */
function hasStaticConfigs(root: string): boolean {
  const path = join(root, 'boot/bootupd-state.json');
  if (!existsSync(path)) return false;
  const state = readFileSync(path, 'utf8');
  return state.includes('"static-configs"') && !state.includes('"static-configs":null');
}

async function generate(
  request: WriteConfigRequest,
  output: string,
  efi: boolean,
  options: Grub2Options,
): Promise<void> {
  const program = options.generator ?? systemGenerator(request.root);
  const env: NodeJS.ProcessEnv = { ...process.env, _OSTREE_GRUB2_BOOTVERSION: String(request.bootversion) };
  if (efi) env['_OSTREE_GRUB2_IS_EFI'] = '1';
  await runProgram(program, ['-o', output], { env, verbose: options.verbose === true });
  const fd = openSync(output, 'r');
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function systemGenerator(root: string): string {
  const found = DEFAULT_GENERATORS.find((path) => existsSync(path));
  if (found === undefined) throw new OstError('unsupported', 'grub2: no grub-mkconfig found; name a generator');
  if (root !== '/') {
    throw new OstError(
      'unsupported',
      `grub2: ${found} describes the running system only; name a generator for ${root}`,
    );
  }
  return found;
}
