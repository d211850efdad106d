import type { Checksum, Metadata } from '@ost/objects';
import type { RemoteConfig } from './remote/remote-config.js';

/** What is to be verified: signed bytes and the dictionary that holds their signatures. */
export interface VerifyRequest {
  readonly remote: RemoteConfig;
  /** `gpg`: `ostree.gpgsigs` against the remote's keyring; `sign`: the engines that the remote names. */
  readonly mechanism: 'gpg' | 'sign';
  /** The commit whose bytes they are; null for a summary. */
  readonly commit: Checksum | null;
  /** The exact bytes that were signed. */
  readonly data: Uint8Array;
  /** Detached metadata of the commit, or the dictionary of `summary.sig`. */
  readonly metadata: Metadata;
}

/** What a verifier found. */
export type Verdict =
  | {
      readonly valid: true;
      /** Lines about the signatures, to be shown to people. */
      readonly lines?: readonly string[];
    }
  | {
      readonly valid: false;
      /** Why not, as libostree words it, without the `Commit HEX: ` in front. */
      readonly message: string;
    };

/**
 * Judges signatures; the keys and the cryptography are its own. Whether signatures are required at all is decided
 * here, by the remote's configuration.
 */
export interface SignatureVerifier {
  verify(request: VerifyRequest): Promise<Verdict>;
}
