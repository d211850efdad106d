import { assertCollectionId, assertRemoteName, OstError } from '@ost/objects';
import { assertRemoteExists, remoteBoolean, remoteList, remoteOption, type Repo } from '@ost/repo';

/** Engines one of which must have signed: any that is there, or these. */
export type RequiredEngines = 'any' | readonly string[];

/** Whether engines other than OpenPGP must have signed, and which. */
export type SignVerify = 'off' | RequiredEngines;

/** Keys that the configuration names for one signature engine. */
export interface VerificationKeys {
  /** Public keys, inline. */
  readonly keys: readonly string[];
  /** Files with public keys. */
  readonly files: readonly string[];
}

/** TLS settings of a remote. */
export interface TlsConfig {
  /** Do not verify the server's certificate. */
  readonly permissive: boolean;
  /** Certificate authorities instead of the system's. */
  readonly caPath: string | null;
  readonly clientCertPath: string | null;
  readonly clientKeyPath: string | null;
}

/** A remote as configured, with defaults filled in (transfer format, "Keys of a remote"). */
export interface RemoteConfig {
  readonly name: string;
  /** Base URL of refs, summary and signatures; may be `mirrorlist=URL`. */
  readonly url: string | null;
  /** Base URL of objects and deltas, if it is another one. */
  readonly contentUrl: string | null;
  readonly metalink: string | null;
  /** Refs that are pulled when none are named. */
  readonly branches: readonly string[];
  readonly proxy: string | null;
  readonly gpgVerify: boolean;
  readonly gpgVerifySummary: boolean;
  readonly gpgKeyPaths: readonly string[];
  readonly signVerify: SignVerify;
  readonly signVerifySummary: SignVerify;
  /** Configured public keys by engine (`ed25519`, `spki`, `dummy`). */
  readonly verificationKeys: Readonly<Record<string, VerificationKeys>>;
  readonly tls: TlsConfig;
  readonly http2: boolean;
  readonly collectionId: string | null;
  readonly unconfiguredState: string | null;
  readonly customBackend: string | null;
}

const ENGINES = ['ed25519', 'spki', 'dummy'];

/** True for the name of a pseudo remote: it is the `file:` URL itself, everything else about it is as by default. */
export function isFileRemote(name: string): boolean {
  return name.startsWith('file://');
}

/** A pseudo remote. Nothing is verified but checksums: there are no keys for a directory of this machine. */
function fileRemote(url: string): RemoteConfig {
  return {
    name: url,
    url,
    contentUrl: null,
    metalink: null,
    branches: [],
    proxy: null,
    gpgVerify: false,
    gpgVerifySummary: false,
    gpgKeyPaths: [],
    signVerify: 'off',
    signVerifySummary: 'off',
    verificationKeys: {},
    tls: { permissive: false, caPath: null, clientCertPath: null, clientKeyPath: null },
    http2: true,
    collectionId: null,
    unconfiguredState: null,
    customBackend: null,
  };
}

/**
 * Reads a remote from the configuration of a repository and its parents; `file://...` names a pseudo remote.
 * @throws OstError `invalid-name`, `not-found` (`Remote "NAME" not found`) or `config`
 */
export function readRemoteConfig(repo: Repo, name: string): RemoteConfig {
  if (isFileRemote(name)) return fileRemote(name);
  assertRemoteName(name);
  assertRemoteExists(repo, name);
  const text = (key: string): string | null => remoteOption(repo, name, key) || null;
  const list = (key: string): string[] => (remoteList(repo, name, key) ?? []).filter((item) => item !== '');
  const collectionId = text('collection-id');
  if (collectionId !== null) assertCollectionId(collectionId);
  const clientCertPath = text('tls-client-cert-path');
  const clientKeyPath = text('tls-client-key-path');
  if ((clientCertPath === null) !== (clientKeyPath === null)) {
    const what = `Remote "${name}" must specify both "tls-client-cert-path" and "tls-client-key-path"`;
    throw new OstError('config', what, { data: { remote: name } });
  }
  return {
    name,
    url: text('url'),
    contentUrl: text('contenturl'),
    metalink: text('metalink'),
    branches: remoteList(repo, name, 'branches') ?? [],
    proxy: text('proxy'),
    gpgVerify: remoteBoolean(repo, name, 'gpg-verify', true),
    gpgVerifySummary: remoteBoolean(repo, name, 'gpg-verify-summary', false),
    gpgKeyPaths: remoteList(repo, name, 'gpgkeypath', ';,') ?? [],
    signVerify: signVerify(repo, name, 'sign-verify'),
    signVerifySummary: signVerify(repo, name, 'sign-verify-summary'),
    verificationKeys: Object.fromEntries(
      ENGINES.map((engine) => [
        engine,
        { keys: list(`verification-${engine}-key`), files: list(`verification-${engine}-file`) },
      ]),
    ),
    tls: {
      permissive: remoteBoolean(repo, name, 'tls-permissive', false),
      caPath: text('tls-ca-path'),
      clientCertPath,
      clientKeyPath,
    },
    http2: remoteBoolean(repo, name, 'http2', true),
    collectionId,
    unconfiguredState: text('unconfigured-state'),
    customBackend: text('custom-backend'),
  };
}

function signVerify(repo: Repo, name: string, key: string): SignVerify {
  const value = remoteOption(repo, name, key)?.trim() ?? '';
  if (value === '' || value === 'false' || value === '0') return 'off';
  if (value === 'true' || value === '1') return 'any';
  const engines = remoteList(repo, name, key) ?? [];
  return engines.length === 0 ? 'off' : engines;
}

/**
 * Refuses a remote that cannot be pulled from over the network.
 * @throws OstError `state` (`remote unconfigured-state: TEXT`) or `unsupported` for a custom back end
 */
export function assertPullable(remote: RemoteConfig): void {
  if (remote.unconfiguredState !== null) {
    throw new OstError('state', `remote unconfigured-state: ${remote.unconfiguredState}`);
  }
  if (remote.customBackend !== null) {
    const what = `Cannot fetch via libostree - remote '${remote.name}' uses custom backend '${remote.customBackend}'`;
    throw new OstError('unsupported', what);
  }
}

/**
 * The URL of a remote.
 * @throws OstError `config` (`No "url" option in remote "NAME"`)
 */
export function requireUrl(remote: RemoteConfig): string {
  if (remote.url !== null) return remote.url;
  throw new OstError('config', `No "url" option in remote "${remote.name}"`, { data: { remote: remote.name } });
}
