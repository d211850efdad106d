import { variant } from '@ost/gvariant';
import { type Metadata, metadataValue, withMetadataValue } from '@ost/objects';
import type { PublicKey, SecretKey, SignatureEngine } from './engine.js';

/**
 * The signatures of an engine in a dictionary: detached metadata of a commit, `summary.sig`, the envelope of a delta.
 * Undefined when there is no entry for the engine.
 * @throws OstError `corrupt` for an entry of another type
 */
export function signaturesOf(engine: SignatureEngine, metadata: Metadata): Uint8Array[] | undefined {
  return metadataValue(metadata, engine.metadataKey, 'aay');
}

function withSignatures(engine: SignatureEngine, metadata: Metadata, signatures: Uint8Array[]): Metadata {
  return withMetadataValue(metadata, engine.metadataKey, signatures.length === 0 ? null : variant('aay', signatures));
}

/** Signs with each key and adds what is new to the dictionary; a key that has signed the data already does not again. */
export function addSignatures(
  engine: SignatureEngine,
  keys: readonly SecretKey[],
  data: Uint8Array,
  metadata: Metadata,
): Metadata {
  const signatures = [...(signaturesOf(engine, metadata) ?? [])];
  for (const key of keys) {
    if (signatures.some((signature) => key.publicKey.verify(data, signature))) continue;
    signatures.push(key.sign(data));
  }
  return withSignatures(engine, metadata, signatures);
}

/** The dictionary without the signatures that these keys made over the data, and how many that were. */
export function removeSignatures(
  engine: SignatureEngine,
  keys: readonly PublicKey[],
  data: Uint8Array,
  metadata: Metadata,
): { metadata: Metadata; removed: number } {
  const before = signaturesOf(engine, metadata) ?? [];
  const left = before.filter((signature) => !keys.some((key) => key.verify(data, signature)));
  const removed = before.length - left.length;
  return { metadata: removed === 0 ? metadata : withSignatures(engine, metadata, left), removed };
}
