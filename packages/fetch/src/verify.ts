import { type Checksum, isOstError, type Metadata, metadataValue, OstError, parseDetachedMetadata } from '@ost/objects';
import type { SignedDelta } from './delta-applier.js';
import type { RemoteConfig, SignVerify } from './remote/remote-config.js';
import type { SignatureVerifier, VerifyMechanism } from './verifier.js';

/** Which signatures this pull insists on, and who judges them. */
export interface SignaturePolicy {
  readonly remote: RemoteConfig;
  readonly verifier: SignatureVerifier | null;
  readonly gpg: boolean;
  readonly gpgSummary: boolean;
  readonly sign: SignVerify;
  readonly signSummary: SignVerify;
  /** Every static delta must be signed, as `core.sign-verify-deltas` says. */
  readonly signDeltas: boolean;
  readonly onSignature: (mechanism: 'gpg' | 'sign', commit: Checksum | null, lines: readonly string[]) => void;
}

/** Signed bytes and where their signatures are. */
interface Signed {
  readonly commit: Checksum | null;
  readonly data: Uint8Array;
  readonly metadata: Metadata;
}

const UNSIGNED = 'GPG verification enabled, but no signatures found (use gpg-verify=false in remote config to disable)';

/** Null when the signatures are good, otherwise why not. */
async function judge(policy: SignaturePolicy, how: VerifyMechanism, signed: Signed): Promise<string | null> {
  const { verifier, remote } = policy;
  if (verifier === null) {
    const what = `Remote "${remote.name}" requires ${how.mechanism} signatures, but nothing here can verify them`;
    throw new OstError('unsupported', what, { data: { remote: remote.name } });
  }
  const verdict = await verifier.verify({ ...how, ...signed, remote });
  if (!verdict.valid) return verdict.message;
  if (verdict.lines !== undefined) policy.onSignature(how.mechanism, signed.commit, verdict.lines);
  return null;
}

function fail(message: string, commit: Checksum | null): never {
  throw new OstError('signature', message, { data: commit === null ? {} : { commit } });
}

/**
 * Finds out before anything is fetched whether there are keys for engines that have to sign.
 * @throws OstError `config` or `unsupported`
 */
export function prepareEngines({ verifier, remote }: SignaturePolicy, required: SignVerify): void {
  if (required !== 'off') verifier?.prepare?.(remote, required);
}

/** True when commits have to be signed. */
export function verifiesCommits(policy: SignaturePolicy): boolean {
  return policy.gpg || policy.sign !== 'off';
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
    const message = await judge(policy, { mechanism: 'gpg' }, { commit, data, metadata });
    if (message !== null) fail(`Commit ${commit}: ${message}`, commit);
  }
  if (policy.sign !== 'off') {
    if (metadata === null) fail("Can't verify commit without detached metadata", commit);
    const how = { mechanism: 'sign', engines: policy.sign } as const;
    const message = await judge(policy, how, { commit, data, metadata });
    if (message !== null) fail(`Can't verify commit ${commit}: ${message}`, commit);
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
    const message = await judge(policy, { mechanism: 'gpg' }, { commit: null, data, metadata });
    if (message !== null) fail(message, null);
  }
  if (policy.signSummary !== 'off') {
    if (signature === null) fail(missing('Signatures verification', 'summary.sig', 'sign'), null);
    const metadata = signatureDictionary(signature);
    const how = { mechanism: 'sign', engines: policy.signSummary } as const;
    const message = await judge(policy, how, { commit: null, data, metadata });
    if (message !== null) fail(message, null);
  }
}

/**
 * Verifies the envelope of a static delta. It must be good where the remote's commits have to be signed by an engine; where
 * the repository takes signed deltas only, there must be one.
 * @throws OstError `signature`
 */
export async function verifyDelta(policy: SignaturePolicy, name: string, signed: SignedDelta | null): Promise<void> {
  const { sign, signDeltas } = policy;
  if (signed === null) {
    if (signDeltas) fail(`Static delta ${name}: no signatures in static-delta`, null);
    return;
  }
  if (sign === 'off' && !signDeltas) return;
  const how = { mechanism: 'sign', engines: sign === 'off' ? 'any' : sign } as const;
  const message = await judge(policy, how, { commit: null, ...signed });
  if (message !== null) fail(`Can't verify static delta ${name}: ${message}`, null);
}

/** Fails when a delta has no digest in a summary that has to be signed. */
export function requireDeltaDigest(policy: SignaturePolicy, name: string): void {
  if (!policy.gpgSummary && policy.signSummary === 'off') return;
  const what = policy.gpgSummary ? 'GPG verification' : 'Signatures verification';
  fail(`${what} enabled, but no summary signatures found for static delta ${name}`, null);
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
export function requireSummary(policy: SignaturePolicy, signature: Uint8Array | null): void {
  if (policy.gpgSummary) fail(missing('GPG verification', 'summary', 'gpg'), null);
  const file = signature === null ? 'summary.sig' : 'summary';
  if (policy.signSummary !== 'off') fail(missing('Signatures verification', file, 'sign'), null);
}

function missing(what: string, file: string, key: string): string {
  return `${what} enabled, but no ${file} found (use ${key}-verify-summary=false in remote config to disable)`;
}
