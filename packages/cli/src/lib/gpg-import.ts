import { isOstError } from '@ost/objects';
import { importKeys } from '@ost/gpg';
import { ioError, remoteKeyringPath, replaceFile, type Repo } from '@ost/repo';
import * as fs from 'node:fs';
import { type CommandContext, resolvePath } from '../context.js';
import type { Output } from '../output.js';

/** The content of a file with keys that an option names. */
export function readKeyData(context: CommandContext, file: string): Uint8Array {
  const path = resolvePath(context, file);
  try {
    return fs.readFileSync(path);
  } catch (error) {
    throw ioError(error, `Error opening file ${path}`);
  }
}

/** An error of the import in libostree's words. */
export function gpgError(error: unknown): unknown {
  return isOstError(error) && !error.message.startsWith('GPG: ') ? error.withPrefix('GPG: ') : error;
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
  let count = 0;
  try {
    let keyring = fs.existsSync(file) ? fs.readFileSync(file) : null;
    // Each source on its own: armored texts cannot be read when they are joined.
    for (const source of sources.length === 0 ? [new Uint8Array()] : sources) {
      const result = await importKeys(keyring, source, keyIds.length === 0 ? {} : { keyIds });
      keyring = Buffer.from(result.keyring);
      count += result.imported;
    }
    if (keyring !== null) replaceFile(file, keyring, { sync: repo.config.fsync });
  } catch (error) {
    throw gpgError(error);
  }
  out.line(`Imported ${count} GPG key${count === 1 ? '' : 's'} to remote "${remote}"`);
}
