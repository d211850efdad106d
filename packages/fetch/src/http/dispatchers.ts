import type { Dispatcher, Pool } from 'undici';
import { FETCH_LIMITS } from '../limits.js';
import { proxyFor } from './proxy.js';
import type { HttpSettings } from './settings.js';

/** Where requests of one origin go, and how they are addressed there. */
export interface Route {
  readonly dispatcher: Dispatcher;
  /** Part of the request path in front of the URL's own: the origin, when a proxy forwards plain HTTP. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One connection pool for each origin; undici is loaded with the first. */
export class Dispatchers {
  readonly #routes = new Map<string, Promise<Route>>();

  constructor(private readonly settings: HttpSettings) {}

  /** The route to an origin. */
  get(url: URL): Promise<Route> {
    let route = this.#routes.get(url.origin);
    if (route === undefined) {
      route = this.#make(url);
      this.#routes.set(url.origin, route);
    }
    return route;
  }

  async #make(url: URL): Promise<Route> {
    const { connections, tls, proxy: configured } = this.settings;
    const secure = {
      rejectUnauthorized: !tls.permissive,
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      ...(tls.cert === null ? {} : { cert: tls.cert }),
      ...(tls.key === null ? {} : { key: tls.key }),
    };
    // Stalled transfers are ended by StallWatch, which knows about slow ones too.
    const options: Pool.Options = {
      connections,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      connect: { timeout: FETCH_LIMITS.connectTimeoutMs, ...secure },
    };
    const proxy = proxyFor(url, configured, process.env);
    const { default: Pool } = await import('undici/lib/dispatcher/pool.js');
    if (proxy !== null && url.protocol === 'https:') {
      const [{ default: ProxyAgent }, { default: connect }] = await Promise.all([
        import('undici/lib/dispatcher/proxy-agent.js'),
        import('undici/lib/api/api-connect.js'),
      ]);
      const { connect: _, ...rest } = options;
      // The agent asks for tunnels by a method that pools have only where all of undici is loaded.
      const clientFactory = (origin: URL, more: object): Dispatcher =>
        Object.assign(new Pool(origin, { connections, ...more }), { connect });
      const agent = new ProxyAgent({ ...rest, uri: proxy.href, requestTls: secure, clientFactory });
      return { dispatcher: agent, prefix: '', headers: {} };
    }
    if (proxy === null) return { dispatcher: new Pool(url.origin, options), prefix: '', headers: {} };
    const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    const headers = {
      host: url.host,
      ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
    };
    return { dispatcher: new Pool(proxy.origin, options), prefix: url.origin, headers };
  }

  /** Drops all connections. */
  async close(): Promise<void> {
    const routes = await Promise.allSettled(this.#routes.values());
    this.#routes.clear();
    await Promise.all(routes.flatMap((r) => (r.status === 'fulfilled' ? [r.value.dispatcher.destroy()] : [])));
  }
}
