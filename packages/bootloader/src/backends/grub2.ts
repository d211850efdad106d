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
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { OstError } from '@ost/objects';
import type { Bootloader, WriteConfigRequest } from '../bootloader.js';
import { standaloneGrubConfig } from '../grub-menu.js';
import { replaceFile } from '../replace-file.js';
import { runProgram } from '../run-program.js';

const SYSTEM_GENERATORS = ['/usr/sbin/grub2-mkconfig', '/usr/sbin/grub-mkconfig', '/sbin/grub2-mkconfig'];

/** Options of {@link grub2}; the command line fills them from `OSTREE_GRUB2_EXEC` and `OSTREE_DEBUG_GRUB2`. */
export interface Grub2Options {
  /**
   * Program that writes `grub.cfg`, called as `PROGRAM -o FILE` with the bootversion in `_OSTREE_GRUB2_BOOTVERSION`.
   * Default: for the root `/` the system's grub-mkconfig, if there is one; else {@link standaloneGrubConfig}.
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
  const system = request.root === '/' ? SYSTEM_GENERATORS.find((path) => existsSync(path)) : undefined;
  const program = options.generator ?? system;
  if (program === undefined) {
    replaceFile(output, standaloneGrubConfig(request.entries, { prefix: prefixOf(request), search: efi }));
    return;
  }
  const env: NodeJS.ProcessEnv = { ...process.env, _OSTREE_GRUB2_BOOTVERSION: String(request.bootversion) };
  if (efi) env['_OSTREE_GRUB2_IS_EFI'] = '1';
  await runProgram(program, ['-o', output], { env, verbose: options.verbose === true });
  if (program === system) assertHasEntries(request, output, program);
  const fd = openSync(output, 'r');
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What goes before paths that are meant to begin in `/boot`. */
function prefixOf({ root, bootprefix }: WriteConfigRequest): string {
  if (bootprefix === true) return '';
  return statSync(join(root, 'boot')).dev === statSync(root).dev ? '/boot' : '';
}

/** grub-mkconfig knows of deployments only by its script for them; nothing would boot without. */
function assertHasEntries({ entries }: WriteConfigRequest, output: string, program: string): void {
  const text = readFileSync(output, 'utf8');
  const kernels = entries.flatMap((entry) => entry.get('linux') ?? []);
  if (/^\s*blscfg\b/m.test(text) || kernels.every((kernel) => text.includes(kernel))) return;
  throw new OstError('config', `grub2: ${program} left the deployments out; it needs /etc/grub.d/15_ostree`);
}
