import * as fs from 'node:fs';
import * as path from 'node:path';
import { gpgSignatures, requireValidSignature, verifyDetached } from '@ost/gpg';
import { isOstError, OstError, parseDetachedMetadata } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { remoteKeyrings } from './keyrings.js';

/** A commit that was read from a repository of this machine. */
export interface LocalCommit {
  readonly checksum: string;
  readonly bytes: Uint8Array;
  /** Serialized detached metadata. */
  readonly detached: Uint8Array | null;
}

function signaturesIn(detached: Uint8Array | null): Uint8Array[] {
  return detached === null ? [] : gpgSignatures(parseDetachedMetadata(detached));
}

/**
 * Checks that a commit is signed with an OpenPGP key of the remote.
 * @throws OstError `signature`
 */
export async function requireSignedCommit(
  repo: Repo,
  remote: string,
  { checksum, bytes, detached }: LocalCommit,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const signatures = signaturesIn(detached);
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

/**
 * The same for the summary of a repository of this machine.
 * @throws OstError `signature`
 */
export async function requireSignedSummary(
  repo: Repo,
  remote: string,
  source: Repo,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const summary = readOrFail(path.join(source.path, 'summary'), 'summary');
  const signature = readOrFail(path.join(source.path, 'summary.sig'), 'summary.sig');
  const keyrings = remoteKeyrings(repo, remote, env);
  requireValidSignature(await verifyDetached(summary, signaturesIn(signature), keyrings));
}
