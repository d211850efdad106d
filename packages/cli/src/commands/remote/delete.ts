import { deleteRemote, remoteGroup } from '@ost/repo';
import type { CommandContext } from '../../context.js';
import { openRemoteRepo, remoteName } from '../../lib/remote-repo.js';

/** `remote delete NAME`. */
export async function run(context: CommandContext): Promise<void> {
  const repo = await openRemoteRepo(context);
  const name = remoteName(context);
  if (context.args.flag('if-exists') && !repo.readConfig().hasGroup(remoteGroup(name))) return;
  deleteRemote(repo, name);
}
