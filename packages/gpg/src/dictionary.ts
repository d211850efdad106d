import { variant } from '@ost/gvariant';
import { type Metadata, metadataValue, OstError, withMetadataValue } from '@ost/objects';
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

/** Which signatures a key made, by whatever name it or its main key goes: an answer per element of `signatures`. */
export async function madeBy(
  data: Uint8Array,
  signatures: readonly Uint8Array[],
  keyring: Keyring,
  keyId: string,
): Promise<boolean[]> {
  const id = keyId.replace(/^0x/i, '').toUpperCase();
  if (!/^[0-9A-F]{8,40}$/.test(id)) throw new OstError('invalid-argument', `Invalid GPG key id ${keyId}`);
  const named = (await listKeys(keyring)).find((key) =>
    [key, ...key.subkeys].some(({ fingerprint }) => fingerprint.endsWith(id)),
  );
  const family = named === undefined ? [] : [named, ...named.subkeys].map(({ fingerprint }) => fingerprint);
  const answers: boolean[] = [];
  for (const signature of signatures) {
    const results = await verifyDetached(data, [signature], keyring);
    answers.push(results.some((result) => isFrom(result, id, family)));
  }
  return answers;
}

function isFrom({ fingerprint, primaryFingerprint }: SignatureResult, id: string, family: readonly string[]): boolean {
  if (fingerprint === '') return false;
  const names = primaryFingerprint === null ? [fingerprint] : [fingerprint, primaryFingerprint];
  return names.some((name) => name.endsWith(id) || family.some((member) => member.endsWith(name)));
}
