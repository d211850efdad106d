import type { RemoteConfig, RequiredEngines, SignatureVerifier, Verdict } from '@ost/fetch';
import { describeSignature, gpgSignatures, requireValidSignature, verifyDetached } from '@ost/gpg';
import { isOstError, type Metadata } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { engineVerdict } from './engine-verdict.js';
import { remoteKeyrings } from './keyrings.js';
import { type EngineKeys, type KeyPlaces, remoteEngines } from './remote-engines.js';

async function gpgVerdict(data: Uint8Array, metadata: Metadata, keyrings: Uint8Array[]): Promise<Verdict> {
  try {
    const results = await verifyDetached(data, gpgSignatures(metadata), keyrings);
    requireValidSignature(results);
    return { valid: true, lines: results.map(describeSignature) };
  } catch (error) {
    if (!isOstError(error)) throw error;
    return { valid: false, message: error.message };
  }
}

/**
 * Judges what a pull fetches by the keys that libostree would look up: those of the remote, else those of the machine.
 * The keys of signature engines are read once, when they are first asked for.
 */
export function remoteVerifier(repo: Repo, places: KeyPlaces = {}): SignatureVerifier {
  const known = new Map<string, EngineKeys[]>();
  const enginesOf = (remote: RemoteConfig, required: RequiredEngines): EngineKeys[] => {
    const id = JSON.stringify([remote.name, required]);
    const engines = known.get(id) ?? remoteEngines(remote, required, places);
    known.set(id, engines);
    return engines;
  };
  return {
    prepare: (remote, engines) => void enginesOf(remote, engines),
    async verify(request) {
      const { remote, data, metadata } = request;
      if (request.mechanism === 'gpg') return gpgVerdict(data, metadata, remoteKeyrings(repo, remote.name, places.env));
      return engineVerdict(enginesOf(remote, request.engines), data, metadata);
    },
  };
}
