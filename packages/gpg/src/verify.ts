import { OstError } from '@ost/objects';
import type { Key, LiteralDataPacket, SignaturePacket } from 'openpgp';
import { type Candidate, findCandidates, type Keyring, readKeyring } from './keyring.js';
import { ANY_TIME, loadOpenPgp, type OpenPgpContext } from './openpgp.js';
import { concat, splitPackets, TAG } from './packets.js';
import { HASH_ALGORITHMS, KEY_ALGORITHMS, parseUserId, type SignatureResult, type SignatureStatus } from './result.js';

/** Options of {@link verifyDetached}. */
export interface VerifyOptions {
  /**
   * The time at which keys and signatures must not have expired.
   * @default now
   */
  readonly date?: Date;
}

/**
 * Verifies binary detached signatures over `data`. The elements of `signatures` are joined first, as libostree joins
 * them, so that each may hold several; the results are in their order. Whether a signature is good is a value; an
 * error means that the signatures could not be read at all.
 *
 * @example
 * ```ts
 * const results = await verifyDetached(commitBytes, signatures, await readKeyring(keyringFile));
 * requireValidSignature(results);
 * ```
 */
export async function verifyDetached(
  data: Uint8Array,
  signatures: readonly Uint8Array[],
  keyring: Keyring | Uint8Array | readonly Uint8Array[],
  options: VerifyOptions = {},
): Promise<SignatureResult[]> {
  const packets = splitPackets(concat(signatures));
  if (packets === null || packets.length === 0 || packets.some((packet) => packet.tag !== TAG.signature)) {
    throw new OstError('signature', 'Unable to complete signature verification: GPGME: No data');
  }
  const context = await loadOpenPgp();
  const keys = isKeyring(keyring) ? keyring : await readKeyring(keyring);
  const message = await context.lib.createMessage({ binary: data });
  const literal = message.packets.findPacket(context.lib.enums.packet.literalData) as LiteralDataPacket;
  const now = options.date ?? new Date();
  const results: SignatureResult[] = [];
  for (const packet of packets) results.push(await verifyOne(context, packet.bytes, literal, keys, now));
  return results;
}

function isKeyring(value: Keyring | Uint8Array | readonly Uint8Array[]): value is Keyring {
  return !(value instanceof Uint8Array) && !Array.isArray(value);
}

async function verifyOne(
  context: OpenPgpContext,
  bytes: Uint8Array,
  literal: LiteralDataPacket,
  keyring: Keyring,
  now: Date,
): Promise<SignatureResult> {
  let packet: SignaturePacket | undefined;
  try {
    const signature = await context.lib.readSignature({ binarySignature: bytes, config: context.config });
    packet = signature.packets[0];
  } catch {
    // Told below.
  }
  if (!(packet instanceof context.lib.SignaturePacket)) return unreadable();
  const keyId = packet.issuerKeyID.toHex().toUpperCase();
  const fingerprint = packet.issuerFingerprint === null ? null : hex(packet.issuerFingerprint);
  const candidates = findCandidates(keyring, keyId, fingerprint);
  if (candidates.length === 0) return missingKey(packet, fingerprint ?? keyId);
  let bad: SignatureResult | undefined;
  for (const candidate of candidates) {
    const problem = await checkBytes(context, packet, candidate, literal);
    if (problem === null) return judge(context, packet, candidate, now);
    bad ??= await badSignature(context, candidate.key, keyId, problem);
  }
  return bad as SignatureResult;
}

/** Null if the key made the signature over the data, otherwise why not. */
async function checkBytes(
  { lib, config }: OpenPgpContext,
  packet: SignaturePacket,
  { key, subkey }: Candidate,
  literal: LiteralDataPacket,
): Promise<string | null> {
  const type = packet.signatureType;
  if (type !== lib.enums.signature.binary && type !== lib.enums.signature.text) return 'Not a signature over data';
  try {
    await packet.verify((subkey ?? key).keyPacket, type, literal, ANY_TIME, true, config);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The signature is made by the key over the data; do the key and the times hold? The order is GnuPG's. */
async function judge(
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

function unreadable(): SignatureResult {
  const reason = 'The signature is malformed or of an unknown kind';
  return { ...NOTHING, status: 'bad', reason, fingerprint: '', primaryFingerprint: null };
}

function missingKey(packet: SignaturePacket, fingerprint: string): SignatureResult {
  const reason = 'The public key is not in the keyring';
  return { ...NOTHING, ...claims(packet), status: 'missing-key', reason, fingerprint, primaryFingerprint: null };
}

/** Nothing that a bad signature says is passed on but the ID of the key. */
async function badSignature(
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
function claims(packet: SignaturePacket): Pick<SignatureResult, 'created' | 'expires' | 'algorithm' | 'hashAlgorithm'> {
  return {
    created: packet.created === null ? null : seconds(packet.created),
    expires: seconds(packet.getExpirationTime()),
    algorithm: KEY_ALGORITHMS[packet.publicKeyAlgorithm ?? 0] ?? null,
    hashAlgorithm: HASH_ALGORITHMS[packet.hashAlgorithm ?? 0] ?? null,
  };
}

async function userOf({ config }: OpenPgpContext, key: Key): Promise<Pick<SignatureResult, 'userName' | 'userEmail'>> {
  const primary = await key.getPrimaryUser(ANY_TIME, undefined, config).then(
    ({ user }) => user.userID?.userID,
    () => key.getUserIDs()[0],
  );
  if (primary === undefined) return { userName: null, userEmail: null };
  const { name, email } = parseUserId(primary);
  return { userName: name, userEmail: email };
}

/** Seconds since 1970; null for never and unknown. */
function seconds(time: Date | number | null): number | null {
  return time === null || time === Number.POSITIVE_INFINITY ? null : Math.floor(Number(time) / 1000);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}
