import { isOstError, OstError } from '@ost/objects';
import { checksumOfPath } from '@ost/repo';
import { type CommandContext, resolvePath } from '../context.js';

/** `checksum PATH`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name] = args.positionals;
  if (name === undefined) throw new Error('A filename must be given');
  const file = resolvePath(context, name);
  try {
    out.line(checksumOfPath(file, { noXattrs: args.flag('ignore-xattrs') }));
  } catch (error) {
    if (!isOstError(error) || error.code !== 'not-found') throw error;
    const what = `Error when getting information for file “${file}”: No such file or directory`;
    throw new OstError('not-found', what, { cause: error });
  }
}
