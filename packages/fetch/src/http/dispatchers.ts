import type { buildConnector, Dispatcher, Pool } from 'undici';
import { FETCH_LIMITS } from '../limits.js';
import { proxyFor } from './proxy.js';
import type { Sender } from './sender.js';
import type { HttpSettings } from './settings.js';
import { connectTls, type SecureOptions } from './tls.js';

/** Where requests of one origin go, and how they are addressed there. */
export interface Route {
  readonly sender: Sender;
  /** Part of the request path in front of the URL's own: the origin, when a proxy forwards plain HTTP. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One sender for each origin: a session of HTTP/2 where the server has it, else a pool of connections. */
export class Dispatchers {
  readonly #routes = new Map<string, Promise<Route>>();
  readonly #dialling = new AbortController();

  constructor(private readonly settings: HttpSettings) {}

  /** The route to an origin. */
  get(url: URL): Promise<Route> {
    let route = this.#routes.get(url.origin);
    if (route === undefined) {
      route = this.#make(url);
      this.#routes.set(url.origin, route);
      // Whoever asks next tries anew.
      route.catch(() => this.#routes.delete(url.origin));
    }
    return route;
  }

  async #make(url: URL): Promise<Route> {
    const { connections, tls, http2, proxy: configured } = this.settings;
    const secure: SecureOptions = {
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
    if (proxy === null && url.protocol === 'https:' && http2)
      return direct(url, secure, options, this.#dialling.signal);
    const { default: Pool } = await import('undici/lib/dispatcher/pool.js');
    if (proxy !== null && url.protocol === 'https:') {
      const [{ default: ProxyAgent }, { default: connect }] = await Promise.all([
        import('undici/lib/dispatcher/proxy-agent.js'),
        import('undici/lib/api/api-connect.js'),
      ]);
      const { connect: _, ...rest } = options;
      // The agent asks for tunnels by a method that pools have only where all of undici is loaded. After an error of this
      // code it would ask again and again.
      const tunnel = async function (this: Dispatcher, to: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
        try {
          return await connect.call(this, to);
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).code !== 'UND_ERR_SOCKET') throw cause;
          throw Object.assign(new Error('The proxy hung up', { cause }), { code: 'ECONNRESET' });
        }
      };
      const clientFactory = (origin: URL, more: object): Dispatcher =>
        Object.assign(new Pool(origin, { connections, ...more }), { connect: tunnel });
      const agent = new ProxyAgent({ ...rest, uri: proxy.href, requestTls: secure, clientFactory });
      return { sender: agent, prefix: '', headers: {} };
    }
    if (proxy === null) return { sender: new Pool(url.origin, options), prefix: '', headers: {} };
    const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    const headers = {
      host: url.host,
      ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
    };
    return { sender: new Pool(proxy.origin, options), prefix: url.origin, headers };
  }

  /** Ends attempts to connect, now and later. */
  abort(): void {
    this.#dialling.abort();
  }

  /** Drops all connections. */
  async close(): Promise<void> {
    const routes = await Promise.allSettled(this.#routes.values());
    this.#routes.clear();
    await Promise.all(routes.flatMap((r) => (r.status === 'fulfilled' ? [r.value.sender.destroy()] : [])));
  }
}

/** Speaks what the server chooses on the first connection. */
async function direct(url: URL, secure: SecureOptions, options: Pool.Options, signal: AbortSignal): Promise<Route> {
  const dial = () => connectTls(url, secure, signal);
  const first = await dial();
  if (first.alpnProtocol === 'h2') {
    const { Http2Sender } = await import('./http2.js');
    return { sender: new Http2Sender(url.origin, first, dial), prefix: '', headers: {} };
  }
  const [{ default: Pool }, { default: connector }] = await Promise.all([
    import('undici/lib/dispatcher/pool.js'),
    import('undici/lib/core/connect.js'),
  ]);
  const more = connector({ timeout: FETCH_LIMITS.connectTimeoutMs, ...secure });
  let unused: typeof first | null = first;
  const connect: buildConnector.connector = (to, callback) => {
    const socket = unused;
    unused = null;
    if (socket === null || socket.destroyed) more(to, callback);
    // The pool is not ready for an answer before this returns.
    else queueMicrotask(() => callback(null, socket));
  };
  return { sender: new Pool(url.origin, { ...options, connect }), prefix: '', headers: {} };
}
