import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from 'node:crypto';
import { OstError } from '@ost/objects';
import { decodeBase64 } from './base64.js';
import type { KeyFilePair, PublicKey, SecretKey, SignatureEngine } from './engine.js';
import { isWeakKey } from './weak-keys.js';

const PUBLIC_LENGTH = 32;
/** The seed, then the public key. */
const SECRET_LENGTH = 64;
const SIGNATURE_LENGTH = 64;

function decode(text: string, kind: 'public' | 'secret', expected: number): Uint8Array {
  const bytes = decodeBase64(text, `ed25519 ${kind} key`);
  if (bytes.length === expected) return bytes;
  const what = `Ill-formed input: expected ${expected} bytes, got ${bytes.length} bytes`;
  throw new OstError('invalid-argument', `Invalid ed25519 ${kind} key: ${what}`);
}

/** What stands before the seed in a PKCS#8 private key (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

function publicKeyOf(bytes: Uint8Array): PublicKey {
  if (isWeakKey(bytes)) throw new OstError('invalid-argument', 'Invalid ed25519 public key: anybody can sign for it');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return {
    id: Buffer.from(bytes).toString('hex'),
    verify: (data, signature) => signature.length === SIGNATURE_LENGTH && verifyWith(null, data, key, signature),
  };
}

/** The 32 bytes of a public key. */
function rawPublic(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url');
}

function secretKeyOf(bytes: Uint8Array): SecretKey {
  const [seed, stated] = [bytes.subarray(0, PUBLIC_LENGTH), bytes.subarray(PUBLIC_LENGTH)];
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  // Signing uses the seed alone; with another public half nobody who trusts that half could verify.
  if (Buffer.compare(rawPublic(createPublicKey(key)), stated) !== 0) {
    throw new OstError('invalid-argument', 'Invalid ed25519 secret key: its public half belongs to another key');
  }
  return { publicKey: publicKeyOf(stated), sign: (data) => new Uint8Array(signWith(null, data, key)) };
}

function generate(): KeyFilePair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = rawPublic(publicKey);
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url');
  return {
    publicFile: `${Buffer.from(raw).toString('base64')}\n`,
    secretFile: `${Buffer.concat([seed, raw]).toString('base64')}\n`,
  };
}

/** Pure Ed25519 (RFC 8032) over the raw bytes. Keys are base64 of the public key, and of seed and public key. */
export const ed25519: SignatureEngine = {
  name: 'ed25519',
  metadataKey: 'ostree.sign.ed25519',
  publicKey: (text) => publicKeyOf(decode(text, 'public', PUBLIC_LENGTH)),
  secretKey: (text) => secretKeyOf(decode(text, 'secret', SECRET_LENGTH)),
  splitKeyFile: (file) =>
    Buffer.from(file)
      .toString('latin1')
      .split('\n')
      .filter((line) => line.trim() !== ''),
  generate,
  malformed: ({ length }) =>
    length === SIGNATURE_LENGTH ? null : `Ill-formed input: expected ${SIGNATURE_LENGTH} bytes, got ${length} bytes`,
};
