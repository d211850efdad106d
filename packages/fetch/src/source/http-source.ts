import { setTimeout as sleep } from 'node:timers/promises';
import { isOstError } from '@ost/objects';
import type { HttpClient } from '../http/client.js';
import { isRetryable, partialError, statusError } from '../http/errors.js';
import { FETCH_LIMITS } from '../limits.js';
import { joinUrl } from '../remote/url.js';
import type { Fetched, GetOptions, Source } from './source.js';

/** Pause before the `attempt`-th retry. */
export function retryDelay(attempt: number): number {
  if (attempt <= 1) return 0;
  return Math.min(FETCH_LIMITS.retryDelayMaxMs, FETCH_LIMITS.retryDelayMs * 2 ** Math.min(attempt - 2, 16));
}

/** A repository on one or more HTTP servers, which hold the same. */
export class HttpSource implements Source {
  constructor(
    private readonly client: HttpClient,
    /** Mirrors in order of preference. */
    readonly bases: readonly URL[],
  ) {}

  async get(path: string, options: GetOptions): Promise<Fetched> {
    const { retries, retryAll } = this.client.settings;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#anyMirror(path, options);
      } catch (error) {
        if (attempt > retries || !isRetryable(error, retryAll)) throw error;
        const delay = retryDelay(attempt);
        if (delay > 0) await sleep(delay);
      }
    }
  }

  /** A status that is no success leads to the next mirror; a failed connection does not. */
  async #anyMirror(path: string, options: GetOptions): Promise<Fetched> {
    for (let i = 0; ; i++) {
      const url = joinUrl(this.bases[i] as URL, path);
      const limits = { limit: options.limit, whole: options.whole ?? options.limit };
      const { status, headers, body } = await this.client.get(url, options.headers ?? null, limits);
      if (status === 206) {
        if (!(body instanceof Uint8Array)) for await (const _ of body) break;
        throw partialError(url);
      }
      if (status >= 200 && status < 300) return { body, headers, notModified: false };
      if (status === 304 && options.headers !== undefined) {
        return { body: new Uint8Array(), headers, notModified: true };
      }
      if (i + 1 === this.bases.length) throw statusError(status, url);
    }
  }
}

/** True when the server says that it does not have the file. */
export function isMissing(error: unknown): boolean {
  return isOstError(error) && error.code === 'not-found' && error.data['url'] !== undefined;
}
