import { isOstError, OstError } from '@ost/objects';
import { checksumOfPath } from '@ost/repo';
import { type CommandContext, resolvePath } from '../context.js';

/** `checksum PATH`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name] = args.positionals;
  if (name === undefined) throw new Error('A filename must be given');
  const file = resolvePath(context, name);
  const noXattrs = args.flag('ignore-xattrs');
  try {
    const checksum = checksumOfPath(file, { noXattrs });
    if (args.flag('json')) out.json({ path: name, checksum });
    else out.line(checksum);
  } catch (error) {
    if (!isOstError(error) || error.code !== 'not-found') throw error;
    const what = noXattrs ? `fstatat(${file})` : `Error when getting information for file “${file}”`;
    throw new OstError('not-found', `${what}: No such file or directory`, { cause: error });
  }
}
