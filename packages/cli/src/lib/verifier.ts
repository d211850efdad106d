import { isOstError } from '@ost/objects';
import type { SignatureVerifier } from '@ost/fetch';
import { describeSignature, requireValidSignature, verifyDetached } from '@ost/gpg';
import type { Repo } from '@ost/repo';
import { gpgSignatures } from './gpg-signatures.js';
import { remoteKeyrings } from './keyrings.js';

/** Judges signatures by the keyrings of the repository and of this machine. */
export function signatureVerifier(repo: Repo, env: NodeJS.ProcessEnv): SignatureVerifier {
  return {
    async verify({ remote, mechanism, data, metadata }) {
      if (mechanism !== 'gpg') return { valid: false, message: 'Requested signature type is not implemented' };
      try {
        const results = await verifyDetached(data, gpgSignatures(metadata), remoteKeyrings(repo, remote.name, env));
        requireValidSignature(results);
        return { valid: true, lines: results.map(describeSignature) };
      } catch (error) {
        if (!isOstError(error)) throw error;
        return { valid: false, message: error.message };
      }
    },
  };
}
