import { OstError } from '@ost/objects';
import { addRemote } from '@ost/repo';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { splitPair } from '../../lib/key-values.js';
import { openRemoteRepo } from '../../lib/remote-repo.js';

type Keys = [string, string | readonly string[]][];

async function signVerification({ args, io }: CommandContext): Promise<Keys> {
  const given = args.list('sign-verify');
  if (given.length === 0) return [];
  const { signVerifyKeys } = await import('../../lib/sign-verify-keys.js');
  return signVerifyKeys(given, io.env);
}

async function remoteKeys(context: CommandContext): Promise<Keys> {
  const { args } = context;
  const [, url, ...branches] = args.positionals;
  const keys: Keys = [];
  if (url?.startsWith('metalink=') === true) keys.push(['metalink', url.slice('metalink='.length)]);
  else if (url !== undefined) keys.push(['url', url]);
  if (branches.length > 0) keys.push(['branches', branches]);
  for (const name of ['contenturl', 'custom-backend']) {
    const value = args.string(name);
    if (value !== undefined) keys.push([name, value]);
  }
  for (const pair of args.list('set')) keys.push(splitPair(pair, "Missing '=' in KEY=VALUE for --set"));
  if (args.flag('no-gpg-verify') || args.flag('no-sign-verify')) keys.push(['gpg-verify', 'false']);
  if (args.flag('no-sign-verify')) keys.push(['sign-verify', 'false']);
  keys.push(...(await signVerification(context)));
  const collection = args.string('collection-id');
  // Checked when it is used: libostree takes anything here.
  if (collection !== undefined) keys.push(['collection-id', collection]);
  return keys;
}

/** `remote add NAME URL [BRANCH...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [name, url] = args.positionals;
  const custom = args.string('custom-backend') !== undefined;
  const repo = await openRemoteRepo(context);
  if (name === undefined || (url === undefined && !custom)) {
    throw new UsageError(custom ? 'NAME must be specified' : 'NAME and URL must be specified');
  }
  if (args.flag('if-not-exists') && args.flag('force')) {
    throw new UsageError('Can only specify one of --if-not-exists and --force');
  }
  if (args.flag('no-sign-verify') && args.list('sign-verify').length > 0) {
    throw new OstError('invalid-argument', 'Cannot specify both --sign-verify and --no-sign-verify');
  }
  const existing = args.flag('force') ? 'replace' : args.flag('if-not-exists') ? 'keep' : 'fail';
  addRemote(repo, name, { existing, keys: await remoteKeys(context) });
  const keys = args.string('gpg-import');
  if (keys === undefined) return;
  const { importRemoteKeys, readKeyData } = await import('../../lib/gpg-import.js');
  await importRemoteKeys(repo, name, [readKeyData(context, keys)], [], out);
}
