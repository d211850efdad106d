import { assertRemoteExists } from '@ost/repo';
import { describeKey, listKeys, readKeyring } from '@ost/gpg';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { globalKeyrings, ownKeyrings } from '@ost/trust';

/** `remote gpg-list-keys [NAME]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const repo = await openCommandRepo(context);
  const [name] = args.positionals;
  let keyrings: Uint8Array[];
  if (name === undefined) keyrings = globalKeyrings(io.env);
  else {
    assertRemoteExists(repo, name);
    const { file, paths } = ownKeyrings(repo, name);
    keyrings = [...file, ...paths];
  }
  for (const key of await listKeys(await readKeyring(keyrings))) out.text(describeKey(key));
}
