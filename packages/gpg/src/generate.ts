import { OstError } from '@ost/objects';
import { loadOpenPgp } from './openpgp.js';

/** A new key pair. */
export interface GeneratedKey {
  /** Upper-case hex. */
  readonly fingerprint: string;
  /** The public key in binary: a keyring of its own. */
  readonly publicKey: Uint8Array;
  /** The secret key, armored and without a passphrase; `gpg --import` takes it. */
  readonly privateKey: string;
}

/** Makes an Ed25519 key for signing, as GnuPG understands it. It does not expire. */
export async function generateKey(user: { readonly name: string; readonly email: string }): Promise<GeneratedKey> {
  const { lib } = await loadOpenPgp();
  const { publicKey, privateKey } = await lib
    .generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: user.name, email: user.email }],
      subkeys: [],
      format: 'object',
    })
    .catch((cause: unknown) => {
      throw new OstError('invalid-argument', `Cannot make a key: ${(cause as Error).message}`, {
        cause,
        data: { ...user },
      });
    });
  return {
    fingerprint: publicKey.getFingerprint().toUpperCase(),
    publicKey: publicKey.write(),
    privateKey: privateKey.armor(),
  };
}
