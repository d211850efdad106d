import { type CommandContext, openCommandRepo } from '../../context.js';
import { cookieJar, readCookies } from '../../lib/cookies.js';
import { formatUtc } from '../../lib/dates.js';
import { remoteName } from '../../lib/remote-repo.js';

/** `remote list-cookies NAME`. */
export async function run(context: CommandContext): Promise<void> {
  const { out } = context;
  const repo = await openCommandRepo(context);
  // libostree looks for the jar in the working directory by mistake; this is where the cookies are.
  for (const cookie of readCookies(cookieJar(repo, remoteName(context)))) {
    out.line('--');
    out.line(`Domain: ${cookie.domain}`);
    out.line(`Path: ${cookie.path}`);
    out.line(`Name: ${cookie.name}`);
    out.line(`Secure: ${cookie.secure}`);
    out.line(`Expires: ${formatUtc(BigInt(cookie.expires))}`);
    out.line(`Value: ${cookie.value}`);
  }
}
