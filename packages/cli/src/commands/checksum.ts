import { checksumOfPath } from '@ost/repo';
import { type CommandContext, resolvePath } from '../context.js';

/** `checksum PATH`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name] = args.positionals;
  if (name === undefined) throw new Error('A filename must be given');
  out.line(checksumOfPath(resolvePath(context, name), { noXattrs: args.flag('ignore-xattrs') }));
}
