import * as fs from 'node:fs';
import * as path from 'node:path';
import { isOstError, OstError } from '@ost/objects';
import { requireValidSignature, verifyDetached } from '@ost/gpg';
import type { Repo } from '@ost/repo';
import { gpgSignatures, parseDetached } from './gpg-signatures.js';
import { remoteKeyrings } from './keyrings.js';

/** Checks that a commit is signed by a key of the remote; throws `signature` when it is not. */
export async function requireSignedCommit(
  repo: Repo,
  remote: string,
  commit: { readonly checksum: string; readonly bytes: Uint8Array; readonly detached: Uint8Array | null },
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { checksum, bytes, detached } = commit;
  const signatures = gpgSignatures(parseDetached(detached));
  if (signatures.length === 0) {
    const what = 'GPG verification enabled, but no signatures found (use gpg-verify=false in remote config to disable)';
    throw new OstError('signature', `Commit ${checksum}: ${what}`, { data: { checksum, remote } });
  }
  try {
    requireValidSignature(await verifyDetached(bytes, signatures, remoteKeyrings(repo, remote, env)));
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`Commit ${checksum}: `) : error;
  }
}

function readOrFail(file: string, what: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const advice = '(use gpg-verify-summary=false in remote config to disable)';
    throw new OstError('signature', `GPG verification enabled, but no ${what} found ${advice}`, { cause: error });
  }
}

/** The same for the summary of a repository of this machine. */
export async function requireSignedSummary(
  repo: Repo,
  remote: string,
  source: Repo,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const summary = readOrFail(path.join(source.path, 'summary'), 'summary');
  const signature = readOrFail(path.join(source.path, 'summary.sig'), 'summary.sig');
  const results = await verifyDetached(
    summary,
    gpgSignatures(parseDetached(signature)),
    remoteKeyrings(repo, remote, env),
  );
  requireValidSignature(results);
}
