/** A key that signatures are verified with. */
export interface PublicKey {
  /** How messages name it: the bytes of the key in hex. */
  readonly id: string;
  /** True when the signature was made over the data with the secret half of the key. Never throws. */
  verify(data: Uint8Array, signature: Uint8Array): boolean;
}

/** A key that signs. */
export interface SecretKey {
  readonly publicKey: PublicKey;
  sign(data: Uint8Array): Uint8Array;
}

/** A new pair of keys, each as the content of a key file. */
export interface KeyFilePair {
  readonly publicFile: string;
  readonly secretFile: string;
}

/** Which half of a key something is about. */
export type KeyKind = 'public' | 'secret';

/**
 * One kind of signature (transfer format, "Sign API"). Engines differ in their keys and in how they sign; where signatures
 * are stored, and which of them count, is the same for all.
 */
export interface SignatureEngine {
  /** As `--sign-type` calls it. */
  readonly name: string;
  /** The entry of a signature dictionary that holds this engine's signatures, an `aay`. */
  readonly metadataKey: string;
  /**
   * Reads a public key as it stands on the command line and in configuration.
   * @throws OstError `invalid-argument`
   */
  publicKey(text: string): PublicKey;
  /**
   * Reads a secret key as it stands on the command line.
   * @throws OstError `invalid-argument`; the message never quotes the key
   */
  secretKey(text: string): SecretKey;
  /**
   * The keys in a key file, each in the form that {@link publicKey} or {@link secretKey} reads.
   * @throws OstError `invalid-argument` for a file of another form
   */
  splitKeyFile(file: Uint8Array, kind: KeyKind): string[];
  /**
   * Makes a pair of keys.
   * @throws OstError `unsupported` when the engine has no key files
   */
  generate(): KeyFilePair;
  /** Why these bytes can be no signature of this engine, whatever the key; null if they can. */
  malformed(signature: Uint8Array): string | null;
}
