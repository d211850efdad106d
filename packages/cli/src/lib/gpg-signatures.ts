import { type Variant, variant } from '@ost/gvariant';
import { hashOrder, type Metadata, metadataValue, OstError, parseDetachedMetadata } from '@ost/objects';
import {
  describeSignature,
  type Keyring,
  listKeys,
  type SignatureResult,
  signDetached,
  verifyDetached,
} from '@ost/gpg';
import type { Output } from '../output.js';

const KEY = 'ostree.gpgsigs';

/** Options of {@link addGpgSignatures}. */
export interface GpgSignOptions {
  readonly homedir?: string | undefined;
  readonly signal?: AbortSignal;
}

/** The signatures in detached metadata. */
export function gpgSignatures(metadata: Metadata): Uint8Array[] {
  return metadataValue(metadata, KEY, 'aay') ?? [];
}

/** Detached metadata of a commit or summary; empty when there is none. */
export function parseDetached(bytes: Uint8Array | null): Metadata {
  return bytes === null ? [] : parseDetachedMetadata(bytes);
}

/** The metadata with other signatures; an empty list takes the key away. */
export function withGpgSignatures(metadata: Metadata, signatures: Uint8Array[]): Metadata {
  const entry: [string, Variant] = [KEY, variant('aay', signatures)];
  const others = metadata.filter(([key]) => key !== KEY);
  return hashOrder(signatures.length === 0 ? others : [...others, entry]);
}

/** Signs with each key and adds the signatures to the metadata. */
export async function addGpgSignatures(
  data: Uint8Array,
  metadata: Metadata,
  keys: readonly string[],
  options: GpgSignOptions,
): Promise<Metadata> {
  if (keys.length === 0) return metadata;
  const { homedir, signal } = options;
  const signatures = [...gpgSignatures(metadata)];
  for (const key of keys) {
    signatures.push(
      await signDetached(data, key, {
        ...(homedir === undefined ? {} : { homedir }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  }
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

/** What there is to say about each signature: lines, ended by line feeds. */
export async function describeSignatures(
  data: Uint8Array,
  signatures: readonly Uint8Array[],
  keyrings: readonly Uint8Array[],
): Promise<string[]> {
  return (await verifyDetached(data, signatures, keyrings)).map(describeSignature);
}

/** Prints who made the signatures, under a heading that says how many there are; nothing when there are none. */
export async function printSignatures(
  out: Output,
  data: Uint8Array,
  signatures: readonly Uint8Array[],
  keyrings: readonly Uint8Array[],
  heading: (count: string) => string,
): Promise<void> {
  if (signatures.length === 0) return;
  const texts = await describeSignatures(data, signatures, keyrings);
  out.line(heading(`${texts.length} signature${texts.length === 1 ? '' : 's'}`));
  for (const text of texts) {
    out.line();
    out.text(text.replace(/^(?=.)/gm, '  '));
  }
}
