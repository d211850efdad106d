import type { Key, SignaturePacket } from 'openpgp';
import { ANY_TIME, type OpenPgpContext } from './openpgp.js';
import { HASH_ALGORITHMS, KEY_ALGORITHMS, parseUserId, type SignatureResult } from './result.js';

const NOTHING = {
  valid: false,
  created: null,
  expires: null,
  keyExpires: null,
  primaryKeyExpires: null,
  algorithm: null,
  hashAlgorithm: null,
  userName: null,
  userEmail: null,
} as const;

/** Nothing could be read of the signature. */
export function unreadable(): SignatureResult {
  const reason = 'The signature is malformed or of an unknown kind';
  return { ...NOTHING, status: 'bad', reason, fingerprint: '', primaryFingerprint: null };
}

/** No key of the keyring has the ID that the signature names. */
export function missingKey(packet: SignaturePacket, fingerprint: string): SignatureResult {
  const reason = 'The public key is not in the keyring';
  return { ...NOTHING, ...claims(packet), status: 'missing-key', reason, fingerprint, primaryFingerprint: null };
}

/** Nothing that a bad signature says is passed on but the ID of the key. */
export async function badSignature(
  context: OpenPgpContext,
  key: Key,
  keyId: string,
  reason: string,
): Promise<SignatureResult> {
  const primaryFingerprint = key.getFingerprint().toUpperCase();
  const user = await userOf(context, key);
  // A key ID names no subkey's expiry, but the primary key's is shown, as libostree shows it.
  const primaryKeyExpires = seconds(await key.getExpirationTime(undefined, context.config));
  return { ...NOTHING, ...user, status: 'bad', reason, fingerprint: keyId, primaryFingerprint, primaryKeyExpires };
}

/** What a signature says of itself. */
export function claims(
  packet: SignaturePacket,
): Pick<SignatureResult, 'created' | 'expires' | 'algorithm' | 'hashAlgorithm'> {
  return {
    created: packet.created === null ? null : seconds(packet.created),
    expires: seconds(packet.getExpirationTime()),
    algorithm: KEY_ALGORITHMS[packet.publicKeyAlgorithm ?? 0] ?? null,
    hashAlgorithm: HASH_ALGORITHMS[packet.hashAlgorithm ?? 0] ?? null,
  };
}

/** The person whom the primary user ID names. */
export async function userOf(
  { config }: OpenPgpContext,
  key: Key,
): Promise<Pick<SignatureResult, 'userName' | 'userEmail'>> {
  const primary = await key.getPrimaryUser(ANY_TIME, undefined, config).then(
    ({ user }) => user.userID?.userID,
    () => key.getUserIDs()[0],
  );
  if (primary === undefined) return { userName: null, userEmail: null };
  const { name, email } = parseUserId(primary);
  return { userName: name, userEmail: email };
}

/** Seconds since 1970; null for never and unknown. */
export function seconds(time: Date | number | null): number | null {
  return time === null || time === Number.POSITIVE_INFINITY ? null : Math.floor(Number(time) / 1000);
}

/** Upper-case hex. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}
