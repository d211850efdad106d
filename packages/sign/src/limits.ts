/** What is read of files and signatures that others wrote. */
export const SIGN_LIMITS: {
  /** Bytes of one key file. */
  readonly keyFile: number;
  /** Signatures of one engine over one thing: each is tried with each key. */
  readonly signatures: number;
} = {
  keyFile: 1024 * 1024,
  signatures: 256,
};
