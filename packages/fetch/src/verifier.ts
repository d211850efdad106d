import type { Checksum, Metadata } from '@ost/objects';
import type { RemoteConfig, RequiredEngines } from './remote/remote-config.js';

/** How signatures are verified. */
export type VerifyMechanism =
  /** `ostree.gpgsigs` against the remote's keyring. */
  | { readonly mechanism: 'gpg' }
  /** Signatures of one of these engines, by the keys that the remote has for them. */
  | { readonly mechanism: 'sign'; readonly engines: RequiredEngines };

/** What is to be verified: signed bytes and the dictionary that holds their signatures. */
export type VerifyRequest = VerifyMechanism & {
  readonly remote: RemoteConfig;
  /** The commit whose bytes they are; null for a summary or the superblock of a delta. */
  readonly commit: Checksum | null;
  /** The exact bytes that were signed. */
  readonly data: Uint8Array;
  /** Detached metadata of the commit, or the dictionary of `summary.sig` or of a delta's envelope. */
  readonly metadata: Metadata;
};

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
  /**
   * Called before anything of a repository is fetched, where signatures of engines will be asked for.
   * @throws OstError `config` or `unsupported` when there are no such engines or no keys for them
   */
  prepare?(remote: RemoteConfig, engines: RequiredEngines): void;
  verify(request: VerifyRequest): Promise<Verdict>;
}
