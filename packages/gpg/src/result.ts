/** What became of one signature; the first that applies. */
export type SignatureStatus =
  | 'valid' // good, and so are the key and the time
  | 'missing-key' // no key of the keyring made it
  | 'revoked-key' // good, but the key or its primary key is revoked
  | 'expired-signature' // good, but past its own expiry
  | 'expired-key' // good, but the key or its primary key is past its expiry, even if it was not when signing
  | 'bad'; // not made over these bytes by that key, or the key may not sign

/** One verified signature. Times are seconds since 1970. */
export interface SignatureResult {
  readonly status: SignatureStatus;
  /** `status` is `valid`. */
  readonly valid: boolean;
  /** One line for people. */
  readonly reason: string;
  /**
   * Upper-case hex fingerprint of the key or subkey that signed; only a key ID (16 digits) if the signature does not
   * tell more or is bad, and empty if it tells nothing.
   */
  readonly fingerprint: string;
  /** Fingerprint of the primary key; null if the key is missing. */
  readonly primaryFingerprint: string | null;
  /** When the signature says that it was made; null for a bad one, which may say anything. */
  readonly created: number | null;
  /** When the signature expires; null for never. */
  readonly expires: number | null;
  /** When the key or subkey that signed expires; null for never or unknown. */
  readonly keyExpires: number | null;
  /** When the primary key expires; null for never or unknown. */
  readonly primaryKeyExpires: number | null;
  /** GnuPG's name of the public key algorithm, such as `RSA` or `EdDSA`; null if unknown, or the signature is bad. */
  readonly algorithm: string | null;
  /** GnuPG's name of the hash algorithm, such as `SHA256`; null if unknown, or the signature is bad. */
  readonly hashAlgorithm: string | null;
  /** From the primary user ID; null if the key is missing or has none. */
  readonly userName: string | null;
  /** From the primary user ID, `''` if it has none; null if the key is missing or has no user ID. */
  readonly userEmail: string | null;
}

/** GnuPG's names of the public key algorithms by their number. */
export const KEY_ALGORITHMS: Readonly<Record<number, string>> = {
  1: 'RSA',
  2: 'RSA-E',
  3: 'RSA-S',
  16: 'ELG-E',
  17: 'DSA',
  18: 'ECDH',
  19: 'ECDSA',
  20: 'ELG',
  22: 'EdDSA',
};

/** GnuPG's names of the hash algorithms by their number. */
export const HASH_ALGORITHMS: Readonly<Record<number, string>> = {
  1: 'MD5',
  2: 'SHA1',
  3: 'RIPEMD160',
  8: 'SHA256',
  9: 'SHA384',
  10: 'SHA512',
  11: 'SHA224',
};

/** Splits `Name (comment) <mail>` as GnuPG does; a bare mail address has no name. */
export function parseUserId(text: string): { name: string; email: string } {
  const email = /<([^<>]*)>/.exec(text)?.[1] ?? '';
  const name = text.replace(/[(<][\s\S]*$/, '').trim();
  return email === '' && /^[^\s@]+@[^\s@]+$/.test(name) ? { name: '', email: name } : { name, email };
}
