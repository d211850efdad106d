import { assertRemoteExists } from '@ost/repo';
import { describeKey, listKeys, readKeyring } from '@ost/gpg';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { globalKeyrings, remoteKeyrings } from '../../lib/keyrings.js';

/** `remote gpg-list-keys [NAME]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const repo = await openCommandRepo(context);
  const [name] = args.positionals;
  if (name !== undefined) assertRemoteExists(repo, name);
  const keyrings = name === undefined ? globalKeyrings(io.env) : remoteKeyrings(repo, name, io.env);
  for (const key of await listKeys(await readKeyring(keyrings))) out.text(describeKey(key));
}
