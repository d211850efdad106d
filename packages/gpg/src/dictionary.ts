import { variant } from '@ost/gvariant';
import { type Metadata, metadataValue, withMetadataValue } from '@ost/objects';
import type { Keyring } from './keyring.js';
import { listKeys } from './list.js';
import type { SignatureResult } from './result.js';
import { signDetached, type SignOptions } from './sign.js';
import { verifyDetached } from './verify.js';

const KEY = 'ostree.gpgsigs';

/** The OpenPGP signatures in detached metadata or `summary.sig` (transfer format, "What is signed"). */
export function gpgSignatures(metadata: Metadata): Uint8Array[] {
  return metadataValue(metadata, KEY, 'aay') ?? [];
}

/** The dictionary with other OpenPGP signatures; an empty list takes the entry away. */
export function withGpgSignatures(metadata: Metadata, signatures: Uint8Array[]): Metadata {
  return withMetadataValue(metadata, KEY, signatures.length === 0 ? null : variant('aay', signatures));
}

/** Signs with each key and adds the signatures to the dictionary. */
export async function addGpgSignatures(
  data: Uint8Array,
  metadata: Metadata,
  keys: readonly string[],
  options: SignOptions = {},
): Promise<Metadata> {
  if (keys.length === 0) return metadata;
  const signatures = [...gpgSignatures(metadata)];
  for (const key of keys) signatures.push(await signDetached(data, key, options));
  return withGpgSignatures(metadata, signatures);
}

/**
 * Which signatures a key made, by whatever name it or its main key goes: an answer per element of `signatures`.
 * @param keyId a key ID or fingerprint in hex, or part of a user ID
 */
export async function madeBy(
  data: Uint8Array,
  signatures: readonly Uint8Array[],
  keyring: Keyring,
  keyId: string,
): Promise<boolean[]> {
  const hex = /^(?:0x)?([0-9a-f]{8,64})$/i.exec(keyId)?.[1]?.toUpperCase() ?? null;
  const named = (await listKeys(keyring)).find((key) =>
    hex === null
      ? key.userIds.some(({ text }) => text.toLowerCase().includes(keyId.toLowerCase()))
      : [key, ...key.subkeys].some(({ fingerprint }) => fingerprint.endsWith(hex)),
  );
  const family = named === undefined ? [] : [named, ...named.subkeys].map(({ fingerprint }) => fingerprint);
  const answers: boolean[] = [];
  for (const signature of signatures) {
    const results = await verifyDetached(data, [signature], keyring);
    answers.push(results.some((result) => isFrom(result, hex, family)));
  }
  return answers;
}

function isFrom(
  { fingerprint, primaryFingerprint }: SignatureResult,
  hex: string | null,
  family: readonly string[],
): boolean {
  if (fingerprint === '') return false;
  const names = primaryFingerprint === null ? [fingerprint] : [fingerprint, primaryFingerprint];
  return names.some((name) => (hex !== null && name.endsWith(hex)) || family.some((member) => member.endsWith(name)));
}
