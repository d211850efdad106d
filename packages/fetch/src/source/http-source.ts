import { isOstError } from '@ost/objects';
import type { HttpClient } from '../http/client.js';
import { isRetryable, partialError, statusError } from '../http/errors.js';
import { FETCH_LIMITS } from '../limits.js';
import { joinUrl } from '../remote/url.js';
import type { Fetched, GetOptions, Source } from './source.js';

/**
 * Pause before the `attempt`-th retry: none before the first, then one that doubles. A random part of it, at least half,
 * so that clients which failed together do not come back together.
 */
export function retryDelay(attempt: number): number {
  if (attempt <= 1) return 0;
  const { retryDelayMs, retryDelayMaxMs } = FETCH_LIMITS;
  const whole = Math.min(retryDelayMaxMs, retryDelayMs * 2 ** Math.min(attempt - 2, 16));
  return whole * (0.5 + Math.random() / 2);
}

/** A repository on one or more HTTP servers, which hold the same. */
export class HttpSource implements Source {
  constructor(
    private readonly client: HttpClient,
    /** Mirrors in order of preference. */
    readonly bases: readonly URL[],
  ) {}

  get(path: string, options: GetOptions): Promise<Fetched> {
    return fetchFromAny(
      this.client,
      this.bases.map((base) => joinUrl(base, path)),
      options,
    );
  }
}

/**
 * Fetches a file that is the same at each of the URLs, with retries.
 * @throws OstError `not-found`, `network` or `limit`
 */
export async function fetchFromAny(client: HttpClient, urls: readonly URL[], options: GetOptions): Promise<Fetched> {
  const { retries, retryAll } = client.settings;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(client, urls, options);
    } catch (error) {
      if (attempt > retries || !isRetryable(error, retryAll)) throw error;
      const delay = retryDelay(attempt);
      if (delay > 0) await client.pause(delay);
    }
  }
}

/** A status that is no success leads to the next mirror; a failed connection does not. */
async function once(client: HttpClient, urls: readonly URL[], options: GetOptions): Promise<Fetched> {
  for (let i = 0; ; i++) {
    const url = urls[i] as URL;
    const limits = { limit: options.limit, whole: options.whole ?? options.limit };
    const { status, headers, body } = await client.get(url, options.headers ?? null, limits);
    if (status === 206) {
      if (!(body instanceof Uint8Array)) for await (const _ of body) break;
      throw partialError(url);
    }
    if (status >= 200 && status < 300) return { body, headers, notModified: false };
    if (status === 304 && options.headers !== undefined) {
      return { body: new Uint8Array(), headers, notModified: true };
    }
    if (i + 1 === urls.length) throw statusError(status, url);
  }
}

/** True when the server says that it does not have the file. */
export function isMissing(error: unknown): boolean {
  return isOstError(error) && error.code === 'not-found' && error.data['url'] !== undefined;
}
