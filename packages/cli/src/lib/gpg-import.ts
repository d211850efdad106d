import { isOstError } from '@ost/objects';
import { importKeys } from '@ost/gpg';
import { remoteKeyringPath, replaceFile, type Repo } from '@ost/repo';
import * as fs from 'node:fs';
import type { Output } from '../output.js';

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(chunks);
}

/** Adds keys to the keyring of a remote and says how many were new. */
export async function importRemoteKeys(
  repo: Repo,
  remote: string,
  sources: readonly Uint8Array[],
  keyIds: readonly string[],
  out: Output,
): Promise<void> {
  const file = remoteKeyringPath(repo, remote);
  let keyring = fs.existsSync(file) ? fs.readFileSync(file) : null;
  let count = 0;
  // Each source on its own: armored texts cannot be read when they are joined.
  for (const source of sources.length === 0 ? [concatenated([])] : sources) {
    try {
      const result = await importKeys(keyring, source, keyIds.length === 0 ? {} : { keyIds });
      keyring = Buffer.from(result.keyring);
      count += result.imported;
    } catch (error) {
      throw isOstError(error) && !error.message.startsWith('GPG: ') ? error.withPrefix('GPG: ') : error;
    }
  }
  if (keyring !== null) replaceFile(file, keyring, { sync: repo.config.fsync });
  out.line(`Imported ${count} GPG key${count === 1 ? '' : 's'} to remote "${remote}"`);
}
