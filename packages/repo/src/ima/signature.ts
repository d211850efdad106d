import {
  createPrivateKey,
  createPublicKey,
  createHash,
  createSign,
  type KeyObject,
  type Sign,
  X509Certificate,
} from 'node:crypto';
import { OstError } from '@ost/objects';

/** Hash algorithms by the numbers that the kernel gives them. */
const ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['sha1', 2],
  ['sha256', 4],
  ['sha384', 5],
  ['sha512', 6],
  ['sha224', 7],
]);

const DIGITAL_SIGNATURE = 3;
const VERSION = 2;
const SUBJECT_KEY_IDENTIFIER = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04]);

/** Makes the values of `security.ima` that Linux's integrity measurement checks (system reference, "IMA signing"). */
export class ImaSigner {
  readonly #head: Buffer;
  readonly #key: KeyObject;

  /**
   * @param algorithm hash of the content: sha1, sha224, sha256, sha384 or sha512
   * @param pem the private key, RSA or EC; a certificate beside it names the key
   * @throws OstError `invalid-argument`
   */
  constructor(
    private readonly algorithm: string,
    pem: string,
  ) {
    const number = ALGORITHMS.get(algorithm);
    if (number === undefined) {
      const known = [...ALGORITHMS.keys()].join(', ');
      throw new OstError('invalid-argument', `Unknown hash algorithm '${algorithm}' (known: ${known})`);
    }
    this.#key = readKey(pem);
    this.#head = Buffer.from([DIGITAL_SIGNATURE, VERSION, number, ...keyId(this.#key, pem)]);
  }

  /** The attribute's value for a file of this content. */
  sign(content: Uint8Array): Uint8Array {
    return this.#finish(createSign(this.algorithm).update(content));
  }

  /** The attribute's value for a file that comes in parts. */
  async signStream(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const signer = createSign(this.algorithm);
    for await (const chunk of content) signer.update(chunk);
    return this.#finish(signer);
  }

  #finish(signer: Sign): Uint8Array {
    const signature = signer.sign(this.#key);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(signature.length);
    return Buffer.concat([this.#head, length, signature]);
  }
}

function readKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new OstError('invalid-argument', 'The key is no private key in PEM form without a passphrase', { cause });
  }
  if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec') return key;
  throw new OstError('unsupported', `A key of type ${key.asymmetricKeyType ?? 'unknown'} cannot sign for IMA`);
}

/** The last four bytes of the key's identifier: the certificate's, or the SHA-1 of the public key. */
function keyId(key: KeyObject, pem: string): Uint8Array {
  const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem)?.[0];
  const named = certificate === undefined ? null : subjectKeyIdentifier(new X509Certificate(certificate).raw);
  return (named ?? createHash('sha1').update(publicKeyBits(key)).digest()).subarray(-4);
}

function subjectKeyIdentifier(certificate: Buffer): Buffer | null {
  const at = certificate.indexOf(SUBJECT_KEY_IDENTIFIER);
  if (at === -1) return null;
  // An OCTET STRING in an OCTET STRING, both short.
  const start = at + SUBJECT_KEY_IDENTIFIER.length + 3;
  return certificate.subarray(start, start + (certificate[start - 1] as number));
}

/** What the BIT STRING of the public key's SubjectPublicKeyInfo holds: it comes last there. */
function publicKeyBits(key: KeyObject): Buffer {
  const info = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const algorithm = contentAt(info, 0);
  const bits = contentAt(info, contentAt(info, algorithm.start).end);
  return info.subarray(bits.start + 1, bits.end);
}

/** Where the content of the DER element at an offset begins and ends. */
function contentAt(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1] as number;
  const more = first < 0x80 ? 0 : first & 0x7f;
  const length = more === 0 ? first : der.readUIntBE(at + 2, more);
  const start = at + 2 + more;
  return { start, end: start + length };
}
