import { assertRemoteName } from '@ost/objects';
import { readCookies } from '@ost/fetch';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { formatUtc } from '../../lib/dates.js';
import { remoteName } from '../../lib/remote-repo.js';

/** `remote list-cookies NAME`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const name = remoteName(context);
  assertRemoteName(name);
  // libostree looks for the jar in the working directory by mistake; this is where the cookies are.
  const cookies = readCookies(repo, name);
  if (args.flag('json')) {
    out.json(
      cookies.map(({ domain, path, name: key, value, secure, expires }) => {
        return { domain, path, name: key, value, secure, expires };
      }),
    );
    return;
  }
  for (const cookie of cookies) {
    out.line('--');
    out.line(`Domain: ${cookie.domain}`);
    out.line(`Path: ${cookie.path}`);
    out.line(`Name: ${cookie.name}`);
    out.line(`Secure: ${cookie.secure ? 'TRUE' : 'FALSE'}`);
    out.line(`Expires: ${formatUtc(BigInt(cookie.expires))}`);
    out.line(`Value: ${cookie.value}`);
  }
}
