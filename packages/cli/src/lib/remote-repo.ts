import * as path from 'node:path';
import { openRepo, type Repo, systemRemotesDirectory } from '@ost/repo';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';

/** The repository whose remotes a command changes: that of `--sysroot`, else as every command finds its own. */
export async function openRemoteRepo(context: CommandContext): Promise<Repo> {
  const sysroot = context.args.string('sysroot');
  if (sysroot === undefined) return openCommandRepo(context);
  const root = resolvePath(context, sysroot);
  return openRepo(path.join(root, 'ostree/repo'), { remotesDirectory: systemRemotesDirectory(root) });
}

/** The name of the remote, which comes first. */
export function remoteName({ args }: CommandContext): string {
  const [name] = args.positionals;
  if (name === undefined) throw new UsageError('NAME must be specified');
  return name;
}
