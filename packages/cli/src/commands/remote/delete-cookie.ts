import { assertRemoteName } from '@ost/objects';
import { deleteCookie } from '@ost/fetch';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { UsageError } from '../../errors.js';

/** `remote delete-cookie NAME DOMAIN PATH COOKIE_NAME`. */
export async function run(context: CommandContext): Promise<void> {
  const repo = await openCommandRepo(context);
  const [remote, domain, path, name] = context.args.positionals;
  if (remote === undefined || domain === undefined || path === undefined || name === undefined) {
    throw new UsageError('NAME, DOMAIN, PATH and COOKIE_NAME must be specified');
  }
  assertRemoteName(remote);
  deleteCookie(repo, remote, { domain, path, name });
}
