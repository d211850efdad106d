import { initFs } from '@ost/sysroot';
import { type CommandContext, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';

/** `admin init-fs PATH`. */
export async function run(context: CommandContext): Promise<void> {
  const { args } = context;
  const [root] = args.positionals;
  if (root === undefined) throw new UsageError('PATH must be specified');
  const epoch = args.integer('epoch') ?? 0;
  await initFs(resolvePath(context, root), { epoch: epoch === 0 && args.flag('modern') ? 1 : epoch });
}
