import type { SignaturePacket } from 'openpgp';
import type { Candidate } from './keyring.js';
import { ANY_TIME, type OpenPgpContext } from './openpgp.js';
import type { SignatureResult, SignatureStatus } from './result.js';
import { badSignature, claims, seconds, userOf } from './make-result.js';

/** The signature is made by the key over the data; do the key and the times hold? The order is GnuPG's. */
export async function judge(
  context: OpenPgpContext,
  packet: SignaturePacket,
  candidate: Candidate,
  now: Date,
): Promise<SignatureResult> {
  const { key, subkey } = candidate;
  const { config } = context;
  const expires = seconds(packet.getExpirationTime());
  const primaryKeyExpires = seconds(await key.getExpirationTime(undefined, config));
  const keyExpires = subkey === null ? primaryKeyExpires : seconds(await subkey.getExpirationTime(ANY_TIME, config));
  const isPast = (time: number | null): boolean => time !== null && time * 1000 <= now.getTime();
  let status: SignatureStatus = 'valid';
  let reason = 'Good signature';
  const problem = await keyProblem(context, candidate);
  if (problem !== null && !problem.isRevoked) {
    return badSignature(context, key, key.getKeyID().toHex().toUpperCase(), problem.reason);
  }
  if (isBeforeKey(packet, candidate) || candidate.key.getCreationTime() > now) {
    status = 'bad';
    reason = 'The signature or the present is earlier than the key';
  } else if (isPast(expires)) {
    status = 'expired-signature';
    reason = 'The signature has expired';
  } else if (isPast(keyExpires) || isPast(primaryKeyExpires)) {
    status = 'expired-key';
    reason = isPast(keyExpires) ? 'The key has expired' : 'The primary key has expired';
  } else if (problem !== null) {
    status = 'revoked-key';
    reason = problem.reason;
  }
  return {
    status,
    valid: status === 'valid',
    reason,
    fingerprint: (subkey ?? key).getFingerprint().toUpperCase(),
    primaryFingerprint: key.getFingerprint().toUpperCase(),
    ...claims(packet),
    keyExpires,
    primaryKeyExpires,
    ...(await userOf(context, key)),
  };
}

function isBeforeKey(packet: SignaturePacket, { key, subkey }: Candidate): boolean {
  return packet.created !== null && packet.created < (subkey ?? key).getCreationTime();
}

/** Why the key may not sign, apart from its expiry. A revocation counts whenever it was made. */
async function keyProblem(
  { config }: OpenPgpContext,
  { key, subkey }: Candidate,
): Promise<{ reason: string; isRevoked: boolean } | null> {
  if (await key.isRevoked(undefined, undefined, ANY_TIME, config)) {
    return { reason: 'The primary key is revoked', isRevoked: true };
  }
  if (subkey !== null && (await subkey.isRevoked(null as never, null as never, ANY_TIME, config))) {
    return { reason: 'The subkey is revoked', isRevoked: true };
  }
  try {
    // Checks the self-signatures, the bindings in both directions, the key flags and the policy.
    const part = subkey ?? key;
    const able = await key.getSigningKey(part.getKeyID(), ANY_TIME, undefined, config);
    // Key IDs are short enough to be forged.
    if (able.getFingerprint() === part.getFingerprint()) return null;
    return { reason: 'Another key of this ID signs', isRevoked: false };
  } catch (error) {
    return { reason: (error as Error).message, isRevoked: false };
  }
}
