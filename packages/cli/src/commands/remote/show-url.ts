import { OstError } from '@ost/objects';
import { remoteOption } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { remoteName } from '../../lib/remote-repo.js';

/** `remote show-url NAME`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const name = remoteName(context);
  const url = remoteOption(repo, name, 'url');
  if (url === undefined) throw new OstError('config', `No "url" option in remote "${name}"`);
  if (args.flag('json')) out.json({ name, url });
  else out.line(url);
}
