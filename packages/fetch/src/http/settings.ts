import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { FETCH_LIMITS } from '../limits.js';
import { type Cookie, readCookies } from '../remote/cookies.js';
import { isFileRemote, type RemoteConfig } from '../remote/remote-config.js';
import { isTraced } from './trace.js';

/** How requests are made, as plain data: worker threads make their own client of it. */
export interface HttpSettings {
  /** Sent with every request. */
  readonly headers: readonly (readonly [string, string])[];
  readonly userAgent: string;
  readonly cookies: readonly Cookie[];
  /** Connections at a time. */
  readonly connections: number;
  readonly retries: number;
  /** Retry after any failure that may be the network's, not only after status 408 and 500. */
  readonly retryAll: boolean;
  readonly lowSpeedBytes: number;
  readonly lowSpeedSeconds: number;
  /** Null: as the environment says (`http_proxy` and the like). */
  readonly proxy: string | null;
  /** Speak HTTP/2 with servers that can, over TLS and without a proxy. */
  readonly http2: boolean;
  /** Say on standard error what becomes of each request. */
  readonly trace: boolean;
  readonly tls: {
    readonly permissive: boolean;
    readonly ca: string | null;
    readonly cert: string | null;
    readonly key: string | null;
  };
}

/** Network options of a pull. */
export interface HttpOptions {
  /** Additional headers of every request. */
  readonly httpHeaders?: readonly (readonly [string, string])[];
  /** Name and version that servers see. @default 'ost/1.0' */
  readonly userAgent?: string;
  /** Appended to the User-Agent. */
  readonly appendUserAgent?: string;
  /** Further attempts after a failed request. @default 5 */
  readonly networkRetries?: number;
  /** Retry after connection failures and any server error, not only after 408 and 500. @default true */
  readonly retryAllNetworkErrors?: boolean;
  /** Bytes per second below which a transfer counts as stalled; 0 turns the check off. @default 1000 */
  readonly lowSpeedLimitBytes?: number;
  /** How long a transfer may be stalled. @default 30 */
  readonly lowSpeedTimeSeconds?: number;
  /** Connections at a time, those of worker threads included. @default 32 */
  readonly connections?: number;
}

const USER_AGENT = 'ost/1.0';

/** Settings for one remote. */
export function httpSettings(repo: Repo, remote: RemoteConfig | null, options: HttpOptions): HttpSettings {
  const { userAgent = USER_AGENT, appendUserAgent: extra } = options;
  const tls = remote?.tls;
  return {
    headers: options.httpHeaders ?? [],
    userAgent: extra === undefined ? userAgent : `${userAgent} ${extra}`,
    cookies: remote === null || isFileRemote(remote.name) ? [] : readCookies(repo, remote.name),
    connections: Math.max(1, options.connections ?? FETCH_LIMITS.connections),
    retries: options.networkRetries ?? FETCH_LIMITS.retries,
    retryAll: options.retryAllNetworkErrors ?? true,
    lowSpeedBytes: options.lowSpeedLimitBytes ?? FETCH_LIMITS.lowSpeedBytes,
    lowSpeedSeconds: options.lowSpeedTimeSeconds ?? FETCH_LIMITS.lowSpeedSeconds,
    proxy: remote?.proxy ?? null,
    http2: remote?.http2 ?? true,
    trace: isTraced(process.env),
    tls: {
      permissive: tls?.permissive ?? false,
      ca: readPem(tls?.caPath),
      cert: readPem(tls?.clientCertPath),
      key: readPem(tls?.clientKeyPath),
    },
  };
}

function readPem(path: string | null | undefined): string | null {
  if (path === null || path === undefined) return null;
  if (path.startsWith('pkcs11:')) {
    throw new OstError('unsupported', `Certificates and keys on PKCS#11 tokens are not supported: ${path}`);
  }
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    throw new OstError('config', `Reading ${path}: ${(error as Error).message}`, { cause: error });
  }
}
