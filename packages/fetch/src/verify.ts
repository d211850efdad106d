import { type Checksum, isOstError, type Metadata, metadataValue, OstError, parseDetachedMetadata } from '@ost/objects';
import type { RemoteConfig } from './remote/remote-config.js';
import type { SignatureVerifier, VerifyRequest } from './verifier.js';

/** Which signatures this pull insists on, and who judges them. */
export interface SignaturePolicy {
  readonly remote: RemoteConfig;
  readonly verifier: SignatureVerifier | null;
  readonly gpg: boolean;
  readonly gpgSummary: boolean;
  readonly sign: boolean;
  readonly signSummary: boolean;
  readonly onSignature: (commit: Checksum | null, lines: readonly string[]) => void;
}

const UNSIGNED = 'GPG verification enabled, but no signatures found (use gpg-verify=false in remote config to disable)';

async function judge(policy: SignaturePolicy, request: Omit<VerifyRequest, 'remote'>): Promise<string | null> {
  const { verifier, remote } = policy;
  if (verifier === null) {
    const what = `Remote "${remote.name}" requires ${request.mechanism} signatures, but nothing here can verify them`;
    throw new OstError('unsupported', what, { data: { remote: remote.name } });
  }
  const verdict = await verifier.verify({ ...request, remote });
  if (!verdict.valid) return verdict.message;
  if (verdict.lines !== undefined) policy.onSignature(request.commit, verdict.lines);
  return null;
}

function fail(message: string, commit: Checksum | null): never {
  throw new OstError('signature', message, { data: commit === null ? {} : { commit } });
}

/** True when commits have to be signed. */
export function verifiesCommits(policy: SignaturePolicy): boolean {
  return policy.gpg || policy.sign;
}

/**
 * Verifies a commit under the remote's policy (transfer format, "Verification of a commit").
 * @param detached serialized detached metadata
 * @throws OstError `signature`
 */
export async function verifyCommit(
  policy: SignaturePolicy,
  commit: Checksum,
  data: Uint8Array,
  detached: Uint8Array | null,
): Promise<void> {
  if (!verifiesCommits(policy)) return;
  const metadata: Metadata | null = detached === null ? null : parseDetachedMetadata(detached);
  if (policy.gpg) {
    if (metadata === null || metadataValue(metadata, 'ostree.gpgsigs', 'aay') === undefined) {
      fail(`Commit ${commit}: ${UNSIGNED}`, commit);
    }
    const message = await judge(policy, { mechanism: 'gpg', commit, data, metadata });
    if (message !== null) fail(`Commit ${commit}: ${message}`, commit);
  }
  if (policy.sign) {
    if (metadata === null) fail("Can't verify commit without detached metadata", commit);
    const message = await judge(policy, { mechanism: 'sign', commit, data, metadata });
    if (message !== null) fail(`Can't verify commit: ${message}`, commit);
  }
}

/**
 * Verifies a summary under the remote's policy.
 * @throws OstError `signature`
 */
export async function verifySummary(
  policy: SignaturePolicy,
  data: Uint8Array,
  signature: Uint8Array | null,
): Promise<void> {
  if (policy.gpgSummary) {
    if (signature === null) fail(missing('GPG verification', 'summary.sig', 'gpg'), null);
    const metadata = signatureDictionary(signature);
    if (metadataValue(metadata, 'ostree.gpgsigs', 'aay') === undefined) fail(UNSIGNED, null);
    const message = await judge(policy, { mechanism: 'gpg', commit: null, data, metadata });
    if (message !== null) fail(message, null);
  }
  if (policy.signSummary) {
    if (signature === null) fail(missing('Signatures verification', 'summary.sig', 'sign'), null);
    const metadata = signatureDictionary(signature);
    const message = await judge(policy, { mechanism: 'sign', commit: null, data, metadata });
    if (message !== null) fail(message, null);
  }
}

/** What is no dictionary at all holds no signatures. */
function signatureDictionary(bytes: Uint8Array): Metadata {
  try {
    return parseDetachedMetadata(bytes);
  } catch (error) {
    if (isOstError(error)) return [];
    throw error;
  }
}

/** Fails when a summary has to be signed but is not there. */
export function requireSummary(policy: SignaturePolicy): void {
  if (policy.gpgSummary) fail(missing('GPG verification', 'summary', 'gpg'), null);
  if (policy.signSummary) fail(missing('Signatures verification', 'summary', 'sign'), null);
}

function missing(what: string, file: string, key: string): string {
  return `${what} enabled, but no ${file} found (use ${key}-verify-summary=false in remote config to disable)`;
}
