import { OstError } from '@ost/objects';
import type { LiteralDataPacket, SignaturePacket } from 'openpgp';
import { judge } from './judge.js';
import { type Candidate, findCandidates, type Keyring, readKeyring } from './keyring.js';
import { GPG_LIMITS } from './limits.js';
import { ANY_TIME, loadOpenPgp, type OpenPgpContext } from './openpgp.js';
import { concat, splitPackets, TAG } from './packets.js';
import type { SignatureResult } from './result.js';
import { badSignature, hex, missingKey, unreadable } from './make-result.js';

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
 * @throws OstError `signature`; `limit` for more signatures than anybody needs
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
  if (packets.length > GPG_LIMITS.signatures) {
    const what = `${packets.length} signatures are more than the ${GPG_LIMITS.signatures} that are looked at`;
    throw new OstError('limit', `GPG: ${what}`, { data: { signatures: packets.length } });
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
