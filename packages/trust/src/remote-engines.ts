import type { RemoteConfig, RequiredEngines } from '@ost/fetch';
import { isOstError, OstError } from '@ost/objects';
import {
  KEY_DIRECTORIES,
  type KeySet,
  type PublicKey,
  readPublicKeys,
  readRevokedKeys,
  readTrustedKeys,
  type SignatureEngine,
  signatureEngine,
  signatureEngines,
} from '@ost/sign';

/** Where keys are looked for. */
export interface KeyPlaces {
  /** Tells about the `dummy` engine and OpenPGP's global keyrings. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Directories with `trusted.ENGINE`, `revoked.ENGINE` and their like. @default KEY_DIRECTORIES */
  readonly keyDirectories?: readonly string[];
}

/** An engine together with the keys whose signatures count. */
export interface EngineKeys {
  readonly engine: SignatureEngine;
  readonly keys: KeySet;
}

function loading(engine: SignatureEngine, from: string, load: () => PublicKey[]): PublicKey[] {
  try {
    return load();
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`Failed loading '${engine.name}' keys from ${from}: `) : error;
  }
}

/** The keys that the remote's configuration names for an engine. */
function configuredKeys(remote: RemoteConfig, engine: SignatureEngine): PublicKey[] {
  const { keys = [], files = [] } = remote.verificationKeys[engine.name] ?? {};
  return [
    ...loading(engine, 'inline `verification-key`', () => keys.map((text) => engine.publicKey(text))),
    ...files.flatMap((file) => loading(engine, `'${file}'`, () => readPublicKeys(engine, file))),
  ];
}

/**
 * By which keys signatures of a remote are judged (transfer format, "Values of sign-verify"). Engines that are named need
 * keys in the remote's configuration; if any will do, those without take the machine's. What the machine lists as revoked
 * counts for no remote.
 * @throws OstError `config` (`No keys found for required signapi type TYPE`), `unsupported` for an unknown engine
 */
export function remoteEngines(remote: RemoteConfig, required: RequiredEngines, places: KeyPlaces = {}): EngineKeys[] {
  const { env = process.env, keyDirectories = KEY_DIRECTORIES } = places;
  const engines = required === 'any' ? signatureEngines(env) : required.map((name) => signatureEngine(name, env));
  return engines.map((engine) => {
    const configured = configuredKeys(remote, engine);
    if (configured.length === 0 && required !== 'any') {
      const what = `No keys found for required signapi type ${engine.name}`;
      throw new OstError('config', what, { data: { remote: remote.name, type: engine.name } });
    }
    const trusted = configured.length > 0 ? configured : readTrustedKeys(engine, keyDirectories);
    return { engine, keys: { trusted, revoked: readRevokedKeys(engine, keyDirectories) } };
  });
}
