import { encodeDetachedMetadata, OstError } from '@ost/objects';
import { addGpgSignatures, gpgSignatures, madeBy, readKeyring, withGpgSignatures } from '@ost/gpg';
import { allKeyrings } from '@ost/trust';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { parseDetached } from '../lib/gpg-signatures.js';

/** `gpg-sign COMMIT KEY-ID...`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const repo = await openCommandRepo(context);
  const [rev, ...keys] = args.positionals;
  if (rev === undefined) throw new UsageError('Need a COMMIT to sign');
  if (keys.length === 0) throw new UsageError('Need at least one GPG KEY-ID to sign with');
  repo.assertWritable();
  const commit = repo.resolve(rev);
  const bytes = repo.store.readMetadata('commit', commit);
  const homedir = args.string('gpg-homedir');
  const home = homedir === undefined ? undefined : resolvePath(context, homedir);
  const keyring = await readKeyring(allKeyrings(repo, io.env, home));
  let metadata = parseDetached(repo.readDetachedMetadata(commit));

  if (args.flag('delete')) {
    let left = gpgSignatures(metadata);
    const before = left.length;
    for (const key of keys) {
      const made = await madeBy(bytes, left, keyring, key);
      left = left.filter((_, i) => made[i] !== true);
    }
    if (left.length < before)
      repo.writeDetachedMetadata(commit, encodeDetachedMetadata(withGpgSignatures(metadata, left)));
    out.line(`Signatures deleted: ${before - left.length}`);
    return;
  }
  for (const key of keys) {
    const made = await madeBy(bytes, gpgSignatures(metadata), keyring, key);
    if (made.includes(true)) throw new OstError('already-exists', `Commit is already signed with GPG key ${key}`);
    metadata = await addGpgSignatures(bytes, metadata, [key], {
      ...(home === undefined ? {} : { homedir: home }),
      signal: io.signal,
    });
    repo.writeDetachedMetadata(commit, encodeDetachedMetadata(metadata));
  }
}
