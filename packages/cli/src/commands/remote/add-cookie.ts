import { type CommandContext, openCommandRepo } from '../../context.js';
import { UsageError } from '../../errors.js';
import { addCookie, cookieJar } from '../../lib/cookies.js';

/** `remote add-cookie NAME DOMAIN PATH COOKIE_NAME VALUE`. */
export async function run(context: CommandContext): Promise<void> {
  const repo = await openCommandRepo(context);
  const [remote, domain, path, name, value] = context.args.positionals;
  if (remote === undefined || domain === undefined || path === undefined || name === undefined || value === undefined) {
    throw new UsageError('NAME, DOMAIN, PATH, COOKIE_NAME and VALUE must be specified');
  }
  addCookie(cookieJar(repo, remote), { domain, path, name, value });
}
