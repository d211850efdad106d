import { assertRemoteExists } from '@ost/repo';
import { describeKey, type KeyInfo, listKeys, type PublicKeyInfo, readKeyring } from '@ost/gpg';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { globalKeyrings, ownKeyrings } from '@ost/trust';

function partJson({ fingerprint, created, expires, isRevoked, isExpired, isInvalid }: KeyInfo): object {
  return { fingerprint, created, expires, revoked: isRevoked, expired: isExpired, invalid: isInvalid };
}

function keyJson(key: PublicKeyInfo): object {
  const userIds = key.userIds.map(({ text, isRevoked, isInvalid, advancedUrl, directUrl }) => {
    return { text, revoked: isRevoked, invalid: isInvalid, advancedUrl, directUrl };
  });
  return { ...partJson(key), userIds, subkeys: key.subkeys.map(partJson) };
}

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
  const keys = await listKeys(await readKeyring(keyrings));
  if (args.flag('json')) out.json(keys.map(keyJson));
  else for (const key of keys) out.text(describeKey(key));
}
