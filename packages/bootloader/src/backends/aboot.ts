import { OstError } from '@ost/objects';
import type { BootConfig } from '../boot-config.js';
import type { Bootloader } from '../bootloader.js';
import { runProgram } from '../run-program.js';
import { requestUpdate, updateDone, updateRequested } from '../update-stamp.js';

/** Options of {@link aboot}. */
export interface AbootOptions {
  /** Program that writes the image to the idle slot. @default 'aboot-deploy' */
  readonly program?: string;
}

/** Android boot images: after the swap a program of the distribution writes the default entry's image to a slot. */
export function aboot(options: AbootOptions = {}): Bootloader {
  return {
    name: 'aboot',

    // Nothing on disk tells such a system from others: it is configured, never found.
    async query() {
      return false;
    },

    async isAtomic() {
      return true;
    },

    async writeConfig({ root }) {
      requestUpdate(root);
    },

    async postSwap({ root, entries }) {
      if (!updateRequested(root)) return;
      const [first] = entries;
      const [image, config] = [valueOf(first, 'aboot'), valueOf(first, 'abootcfg')];
      for (const key of ['version', 'linux', 'initrd']) valueOf(first, key);
      const args = ['-r', '.', '-c', config, '-o', valueOf(first, 'options'), image];
      await runProgram(options.program ?? 'aboot-deploy', args, { cwd: root, verbose: true });
      updateDone(root);
    },
  };
}

function valueOf(entry: BootConfig | undefined, key: string): string {
  const value = entry?.get(key);
  if (value === undefined) throw new OstError('config', `aboot: no "${key}" key in bootloader config`);
  return value;
}
