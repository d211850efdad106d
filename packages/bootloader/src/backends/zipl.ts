import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OstError } from '@ost/objects';
import type { Bootloader, WriteConfigRequest } from '../bootloader.js';
import { KernelArgs } from '../kernel-args.js';
import { runProgram } from '../run-program.js';
import { requestUpdate, updateDone, updateRequested } from '../update-stamp.js';

/** Options of {@link zipl}. */
export interface ZiplOptions {
  /** Program that writes the boot record. @default 'zipl' */
  readonly program?: string;
  /** Program that runs {@link ZiplOptions.program} inside a deployment of another root. @default 'bwrap' */
  readonly container?: string;
  /** Where the kernel shows its state. @default '/sys' */
  readonly sysfs?: string;
}

/** IBM Z: after the swap `zipl` writes the boot record from the boot entries. */
export function zipl(options: ZiplOptions = {}): Bootloader {
  const program = options.program ?? 'zipl';
  const sysfs = options.sysfs ?? '/sys';
  return {
    name: 'zipl',

    // It is the default on its machines and configured elsewhere, never found.
    async query() {
      return false;
    },

    async isAtomic() {
      return true;
    },

    async writeConfig({ root }) {
      if (flagOf(join(sysfs, 'firmware/uv/prot_virt_guest'))) {
        throw new OstError('unsupported', 'zipl: boot images for Secure Execution are not supported');
      }
      requestUpdate(root);
    },

    async postSwap(request) {
      if (process.getuid?.() !== 0 || !updateRequested(request.root)) return;
      const args = ['--secure', flagOf(join(sysfs, 'firmware/ipl/secure')) ? '1' : 'auto', '-V'];
      if (request.root === '/') await runProgram(program, args, { verbose: true });
      else await runProgram(options.container ?? 'bwrap', [...inside(request), program, ...args], { verbose: true });
      updateDone(request.root);
    },
  };
}

function flagOf(path: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8').includes('1');
}

/** Arguments that make the default deployment the root, with the system's own `/boot`. */
function inside({ root, entries }: WriteConfigRequest): string[] {
  const target = KernelArgs.parse(entries[0]?.get('options') ?? '').lastValue('ostree');
  if (typeof target !== 'string') throw new OstError('config', 'zipl: no ostree= kernel argument in the default entry');
  const deployment = join(root, target);
  const links = ['lib', 'lib64', 'bin', 'sbin'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]);
  return [
    ...['usr', 'etc'].flatMap((name) => bind('--bind', join(deployment, name), `/${name}`)),
    ...links,
    ...bind('--bind', join(root, 'boot'), '/boot'),
    ...bind('--dev-bind', '/dev', '/dev'),
    ...bind('--ro-bind', '/sys', '/sys'),
    '--proc',
    '/proc',
    '--tmpfs',
    '/run',
    '--',
  ];
}

function bind(option: string, from: string, to: string): string[] {
  return [option, from, to];
}
