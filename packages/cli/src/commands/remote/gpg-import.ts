import { OstError } from '@ost/objects';
import { assertRemoteExists } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { gpgError, importRemoteKeys, readKeyData } from '../../lib/gpg-import.js';
import { remoteName } from '../../lib/remote-repo.js';

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `remote gpg-import NAME [KEY-ID...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out } = context;
  const repo = await openCommandRepo(context);
  const name = remoteName(context);
  const files = args.list('keyring');
  if (args.flag('stdin') && files.length > 0) {
    throw new OstError('invalid-argument', '--keyring and --stdin are mutually exclusive');
  }
  const sources = args.flag('stdin') ? [await readAll(io.stdin)] : files.map((file) => readKeyData(context, file));
  try {
    assertRemoteExists(repo, name);
  } catch (error) {
    throw gpgError(error);
  }
  await importRemoteKeys(repo, name, sources, args.positionals.slice(1), out);
}
