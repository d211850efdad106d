import { statSync } from 'node:fs';
import { OstError } from '@ost/objects';
import { installBootSupport } from '@ost/sysroot';
import { type CommandContext, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';

/** `admin install-boot-support --root=DIR`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const root = args.string('root');
  if (root === undefined) throw new UsageError('--root must be specified');
  const path = resolvePath(context, root);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new OstError('not-found', `${root} is not a directory`);
  }
  const command = args.string('command');
  const written = installBootSupport(path, {
    force: args.flag('force'),
    ...(command === undefined ? {} : { command }),
  });
  for (const name of written) out.line(name);
}
