import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { completeBoot } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin boot-complete`, which a service of the next boot runs. */
export async function run(context: CommandContext): Promise<void> {
  if (!fs.existsSync('/run/ostree-booted')) return;
  if (context.io.env['INVOCATION_ID'] === undefined) {
    throw new OstError('state', 'This command is run by ostree-boot-complete.service only');
  }
  await withSysroot(context, async (sysroot) => completeBoot(sysroot));
}
