import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ed25519 } from '@ost/sign';

/** A pair of keys as texts. */
export interface Pair {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** Two different pairs of ed25519 keys. */
export const ed25519Pairs: readonly [Pair, Pair] = [ed25519Pair(), ed25519Pair()];

function ed25519Pair(): Pair {
  const { publicFile, secretFile } = ed25519.generate();
  return { publicKey: publicFile.trim(), secretKey: secretFile.trim() };
}

/** A pair of keys of some kind, DER in base64. */
export function spkiPair(kind: 'ec' | 'ed25519' | 'ed448' | 'rsa' | 'x25519'): Pair {
  const { publicKey, privateKey } = keyObjects(kind);
  return {
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    secretKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}

function keyObjects(kind: 'ec' | 'ed25519' | 'ed448' | 'rsa' | 'x25519'): {
  publicKey: KeyObject;
  privateKey: KeyObject;
} {
  switch (kind) {
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'ec':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    case 'ed448':
      return generateKeyPairSync('ed448');
    case 'x25519':
      return generateKeyPairSync('x25519');
  }
}

/** DER in base64 as a block of PEM. */
export function pem(label: string, der: string): string {
  return `-----BEGIN ${label}-----\n${der.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END ${label}-----\n`;
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
