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
import type { PublicKey, SignatureEngine } from './engine.js';
import { pemBodies } from './pem.js';

/** Kinds of keys that sign; others, such as X25519, only agree on secrets. */
const SIGNING = new Set(['dsa', 'ec', 'ed25519', 'ed448', 'rsa', 'rsa-pss']);

function invalid(kind: 'public' | 'secret', why: string, cause?: unknown): OstError {
  return new OstError('invalid-argument', `Invalid spki ${kind} key: ${why}`, { cause });
}

function requireSigning(key: KeyObject, kind: 'public' | 'secret'): KeyObject {
  const type = key.asymmetricKeyType ?? 'unknown';
  if (!SIGNING.has(type)) throw invalid(kind, `keys of type ${type} do not sign`);
  return key;
}

function parsePublic(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch (error) {
    throw invalid('public', 'not a DER SubjectPublicKeyInfo', error);
  }
}

/** PKCS#8, or one of the forms from before it. */
function parseSecret(der: Buffer): KeyObject {
  for (const type of ['pkcs8', 'sec1', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type });
    } catch {
      // The next form may fit; that none does is told below.
    }
  }
  throw invalid('secret', 'not a private key in DER');
}

function publicKeyOf(key: KeyObject, der: Buffer): PublicKey {
  return {
    id: der.toString('hex'),
    verify(data, signature) {
      try {
        // Without a digest OpenSSL takes the one that is the default for the key.
        return verifyWith(null, data, key, signature);
      } catch {
        // OpenSSL has errors for signatures of no form that the algorithm knows.
        return false;
      }
    },
  };
}

/**
 * Whatever OpenSSL can sign with: keys are X.509 SubjectPublicKeyInfo and PKCS#8, in base64 of DER or, in files, in PEM.
 * The algorithm is the default of the kind of key: Ed25519 and Ed448 pure, RSA and ECDSA with SHA-256. New keys are Ed25519.
 */
export const spki: SignatureEngine = {
  name: 'spki',
  metadataKey: 'ostree.sign.spki',
  publicKey(text) {
    const der = Buffer.from(decodeBase64(text, 'spki public key'));
    return publicKeyOf(requireSigning(parsePublic(der), 'public'), der);
  },
  secretKey(text) {
    const key = requireSigning(parseSecret(Buffer.from(decodeBase64(text, 'spki secret key'))), 'secret');
    const publicKey = createPublicKey(key);
    return {
      publicKey: publicKeyOf(publicKey, publicKey.export({ format: 'der', type: 'spki' })),
      sign: (data) => new Uint8Array(signWith(null, data, key)),
    };
  },
  splitKeyFile: (file, kind) => pemBodies(file, kind === 'public' ? 'PUBLIC KEY' : 'PRIVATE KEY'),
  generate() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    return {
      publicFile: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      secretFile: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    };
  },
  malformed: () => null,
};
