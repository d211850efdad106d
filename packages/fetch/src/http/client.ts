import { isOstError, OstError } from '@ost/objects';
import { FETCH_LIMITS } from '../limits.js';
import { cookieHeader } from '../remote/cookies.js';
import { basicAuthorization, displayUrl } from '../remote/url.js';
import { Dispatchers } from './dispatchers.js';
import { transportError } from './errors.js';
import { Exchange, type ExchangeLimits, type RawResponse } from './exchange.js';
import { Semaphore } from './semaphore.js';
import type { HttpSettings } from './settings.js';
import { StallWatch } from './stall-watch.js';
import { traceExchange } from './trace.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Makes GET requests: a bounded number at a time, redirects followed, slow transfers ended. Does not retry. */
export class HttpClient {
  /** Bytes of all bodies so far. */
  get bytesReceived(): number {
    let sum = this.#received;
    for (const exchange of this.#active) sum += exchange.received;
    return sum;
  }

  #received = 0;
  readonly #dispatchers: Dispatchers;
  readonly #slots: Semaphore;
  readonly #stalls: StallWatch;
  readonly #active = new Set<Exchange>();
  readonly #pauses = new Set<() => void>();
  #closed: Error | null = null;

  constructor(readonly settings: HttpSettings) {
    this.#dispatchers = new Dispatchers(settings);
    this.#slots = new Semaphore(settings.connections);
    this.#stalls = new StallWatch(settings.lowSpeedBytes, settings.lowSpeedSeconds);
  }

  /**
   * Requests a URL.
   * @returns the answer, whatever its status
   * @throws OstError `network` when there is none, `limit` when it is too long
   */
  async get(url: URL, headers: Readonly<Record<string, string>> | null, limits: ExchangeLimits): Promise<RawResponse> {
    let target = url;
    for (let hops = 0; ; hops++) {
      const response = await this.#once(target, headers, limits, target.origin === url.origin ? url : null);
      const location = REDIRECTS.has(response.status) ? response.headers['location'] : undefined;
      if (typeof location !== 'string') return response;
      if (hops === FETCH_LIMITS.redirects) {
        const what = `While fetching ${displayUrl(url)}: [47] Number of redirects hit maximum amount`;
        throw new OstError('network', what, { data: { url: displayUrl(url) } });
      }
      target = redirectTarget(location, target);
    }
  }

  async #once(
    url: URL,
    headers: Readonly<Record<string, string>> | null,
    limits: ExchangeLimits,
    login: URL | null,
  ): Promise<RawResponse> {
    await this.#slots.acquire();
    let exchange: Exchange;
    try {
      this.#check();
      const { sender, prefix, headers: routeHeaders } = await this.#dispatchers.get(url);
      this.#check();
      exchange = new Exchange(url, limits);
      if (this.settings.trace) traceExchange(url, exchange);
      this.#active.add(exchange);
      this.#stalls.add(exchange);
      sender.dispatch(
        {
          origin: url.origin,
          path: prefix + url.pathname + url.search,
          method: 'GET',
          headers: { ...this.#headers(url, login), ...headers, ...routeHeaders },
        },
        exchange,
      );
    } catch (error) {
      this.#slots.release();
      if (isOstError(error)) throw error;
      throw transportError(error, url, false);
    }
    void exchange.ended.then(() => {
      this.#active.delete(exchange);
      this.#received += exchange.received;
      this.#stalls.delete(exchange);
      this.#slots.release();
    });
    return exchange.response;
  }

  #check(): void {
    if (this.#closed !== null) throw this.#closed;
  }

  #headers(url: URL, login: URL | null): Record<string, string> {
    const headers: Record<string, string> = { 'user-agent': this.settings.userAgent, accept: '*/*' };
    const authorization = basicAuthorization(login ?? url);
    if (authorization !== null) headers['authorization'] = authorization;
    const cookies = cookieHeader(this.settings.cookies, url);
    if (cookies !== null) headers['cookie'] = cookies;
    // Headers of the caller may prove who we are: they stay with the server that they were meant for.
    if (login !== null) for (const [name, value] of this.settings.headers) headers[name.toLowerCase()] = value;
    return headers;
  }

  /** Gives connections away: others use them from now on. */
  cede(connections: number): void {
    this.#slots.change(-connections);
  }

  /** Waits so many milliseconds, but not on after the client was aborted. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#pauses.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#pauses.add(done);
      if (this.#closed !== null) done();
    });
  }

  /** Ends everything under way with `error`, and every request to come. */
  abort(error: Error): void {
    this.#closed ??= error;
    for (const done of this.#pauses) done();
    for (const exchange of this.#active) exchange.abort(error);
    this.#dispatchers.abort();
  }

  /** Drops all connections. */
  async close(): Promise<void> {
    this.abort(new OstError('aborted', 'The connection was closed'));
    await this.#dispatchers.close();
  }
}

function redirectTarget(location: string, from: URL): URL {
  let target: URL;
  try {
    target = new URL(location, from);
  } catch (error) {
    throw new OstError('network', `While fetching ${displayUrl(from)}: Invalid redirect`, { cause: error });
  }
  // A server must not make us read local files, and what was asked for over TLS must come over TLS.
  if (target.protocol === 'https:' || (target.protocol === 'http:' && from.protocol === 'http:')) return target;
  const what = `While fetching ${displayUrl(from)}: Redirect to ${target.protocol} is not allowed`;
  throw new OstError('network', what, { data: { url: displayUrl(from) } });
}
