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
    const checksum = checksumOfPath(file, { noXattrs: args.flag('ignore-xattrs') });
    if (args.flag('json')) out.json({ path: name, checksum });
    else out.line(checksum);
  } catch (error) {
    if (!isOstError(error) || error.code !== 'not-found') throw error;
    const what = `Error when getting information for file “${file}”: No such file or directory`;
    throw new OstError('not-found', what, { cause: error });
  }
}
