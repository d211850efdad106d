import { codec, variant } from '@ost/gvariant';
import type { Metadata } from '@ost/objects';

const MAGIC = 'OSTSGNDT';
/** {@link MAGIC} as a little-endian number, which is how the codec writes it. */
const MAGIC_NUMBER = [...MAGIC].reduceRight((sum, letter) => sum * 256n + BigInt(letter.charCodeAt(0)), 0n);
const SIGNATURE_PREFIX = 'ostree.sign.';
const envelopeCodec = codec('(taya{sv})');

/** The signed form of a superblock file ("Signed envelope" of the delta format). */
export interface SignedEnvelope {
  /** The unsigned superblock: what was signed, byte for byte. */
  readonly signedData: Uint8Array;
  /** Signatures by engine name (`ed25519`, `spki`, `dummy`), as the engine made them. */
  readonly signatures: ReadonlyMap<string, readonly Uint8Array[]>;
}

/**
 * Recognises a signed superblock. Answers null for everything else: whatever is not a complete envelope with at least
 * one signature counts as a plain superblock, as it does in libostree.
 */
export function parseEnvelope(bytes: Uint8Array): SignedEnvelope | null {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC.charCodeAt(i)) return null;
  if (!envelopeCodec.isNormal(bytes)) return null;
  const [, signedData, entries] = envelopeCodec.decode(bytes);
  const signatures = new Map<string, readonly Uint8Array[]>();
  for (const [key, { type, value }] of entries) {
    if (!key.startsWith(SIGNATURE_PREFIX)) continue;
    signatures.set(key.slice(SIGNATURE_PREFIX.length), type === 'aay' ? (value as Uint8Array[]) : []);
  }
  return signatures.size === 0 ? null : { signedData, signatures };
}

/** Wraps a superblock and its signatures: the opposite of {@link parseEnvelope}. */
export function encodeEnvelope({ signedData, signatures }: SignedEnvelope): Uint8Array {
  return envelopeCodec.encode([MAGIC_NUMBER, signedData, envelopeMetadata({ signatures })]);
}

/** The signatures as the dictionary that the envelope holds. */
export function envelopeMetadata({ signatures }: Pick<SignedEnvelope, 'signatures'>): Metadata {
  return [...signatures].map(([engine, list]) => [SIGNATURE_PREFIX + engine, variant('aay', list)]);
}
