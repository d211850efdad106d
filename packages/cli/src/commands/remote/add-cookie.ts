import { assertRemoteName, OstError } from '@ost/objects';
import { addCookie } from '@ost/fetch';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { UsageError } from '../../errors.js';

/** `remote add-cookie NAME DOMAIN PATH COOKIE_NAME VALUE`. */
export async function run(context: CommandContext): Promise<void> {
  const repo = await openCommandRepo(context);
  const [remote, domain, path, name, value] = context.args.positionals;
  if (remote === undefined || domain === undefined || path === undefined || name === undefined || value === undefined) {
    throw new UsageError('NAME, DOMAIN, PATH, COOKIE_NAME and VALUE must be specified');
  }
  assertRemoteName(remote);
  if ([domain, path, name, value].some((field) => /[\t\r\n]/.test(field))) {
    throw new OstError('invalid-argument', 'A cookie cannot contain tabs or line ends');
  }
  addCookie(repo, remote, { domain, path, name, value });
}
