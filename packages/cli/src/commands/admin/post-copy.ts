import { OstError } from '@ost/objects';
import type { CommandContext } from '../../context.js';
import { withSysroot } from '../../lib/sysroot.js';

/** `admin post-copy`: a copied system root lost its fs-verity; without fs-verity there is nothing to do. */
export async function run(context: CommandContext): Promise<void> {
  await withSysroot(context, async ({ repo }) => {
    const wanted = repo.readConfig().get('ex-integrity', 'fsverity') ?? 'no';
    if (['no', 'false', '0'].includes(wanted)) return;
    throw new OstError('unsupported', `fs-verity is not supported (ex-integrity.fsverity=${wanted})`);
  });
}
