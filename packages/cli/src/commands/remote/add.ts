import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { addRemote } from '@ost/repo';
import { type CommandContext, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { splitPair } from '../../lib/key-values.js';
import { openRemoteRepo } from '../../lib/remote-repo.js';

type Keys = [string, string | readonly string[]][];

/** Keys of `--sign-verify=TYPE=inline:KEY|file:PATH`. */
function signVerifyKeys(specs: readonly string[]): Keys {
  if (specs.length === 0) return [];
  const types: string[] = [];
  const keys = specs.map((spec): [string, string] => {
    const match = /^([^=]+)=([^:]+):(.*)$/s.exec(spec);
    if (match === null) {
      throw new OstError('invalid-argument', `Failed to parse KEYTYPE=[inline|file]:DATA in ${spec}`);
    }
    const [, type, how, data] = match as unknown as [string, string, string, string];
    if (!['ed25519', 'spki', 'dummy'].includes(type)) {
      throw new OstError('unsupported', 'Requested signature type is not implemented');
    }
    if (how !== 'inline' && how !== 'file') {
      throw new OstError('invalid-argument', `Invalid key reference ${how}:${data}, expected inline|file`);
    }
    types.push(type);
    return [`verification-${type}-${how === 'inline' ? 'key' : 'file'}`, data];
  });
  // libostree writes a comma between several, which it then cannot read; it does read this.
  return [...keys, ['sign-verify', types.length === 1 ? (types[0] as string) : types]];
}

function remoteKeys({ args }: CommandContext): Keys {
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
  keys.push(...signVerifyKeys(args.list('sign-verify')));
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
  addRemote(repo, name, { existing, keys: remoteKeys(context) });
  const keys = args.string('gpg-import');
  if (keys === undefined) return;
  const { importRemoteKeys } = await import('../../lib/gpg-import.js');
  await importRemoteKeys(repo, name, [fs.readFileSync(resolvePath(context, keys))], [], out);
}
