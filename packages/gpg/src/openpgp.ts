import type * as OpenPgp from 'openpgp';

/** The library, and the rules by which it judges. */
export interface OpenPgpContext {
  readonly lib: typeof OpenPgp;
  readonly config: OpenPgp.Config;
}

let context: Promise<OpenPgpContext> | undefined;

/**
 * Loads the OpenPGP library on first use. Its own policy is stricter than GnuPG's; as repositories are signed and
 * judged with GnuPG, the rules here are GnuPG's: only MD5 is refused, small and old keys are the signer's decision.
 */
export function loadOpenPgp(): Promise<OpenPgpContext> {
  context ??= import('openpgp').then((lib) => ({
    lib,
    config: {
      ...lib.config,
      minRSABits: 1024,
      rejectCurves: new Set<OpenPgp.enums.curve>(),
      rejectPublicKeyAlgorithms: new Set<OpenPgp.enums.publicKey>(),
      rejectHashAlgorithms: new Set([lib.enums.hash.md5]),
      rejectMessageHashAlgorithms: new Set([lib.enums.hash.md5]),
      allowInsecureVerificationWithReformattedKeys: true,
      allowMissingKeyFlags: true,
    },
  }));
  return context;
}

/** Stands for "at whatever time" where the library would take the present. */
export const ANY_TIME: Date = null as unknown as Date;
