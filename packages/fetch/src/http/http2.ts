import { type ClientHttp2Session, connect } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { FETCH_LIMITS } from '../limits.js';
import { Http2Exchange } from './http2-exchange.js';
import type { Handler, Request, Sender } from './sender.js';

/**
 * Requests to one origin over HTTP/2, all on one connection. A server ends a connection now and then (nginx does after
 * 1,000 requests): it still answers what it has begun with, and the rest goes over a new one.
 */
export class Http2Sender implements Sender {
  /** What new requests go over. */
  #session: Promise<ClientHttp2Session> | null = null;
  readonly #open = new Set<ClientHttp2Session>();
  #destroyed = false;

  /**
   * @param origin scheme, host and port
   * @param first a connection on which the server has chosen HTTP/2
   * @param dial makes one more
   */
  constructor(
    private readonly origin: string,
    first: TLSSocket,
    private readonly dial: () => Promise<TLSSocket>,
  ) {
    void this.#begin(Promise.resolve(first));
  }

  dispatch(request: Request, handler: Handler): void {
    const exchange = new Http2Exchange(request, handler);
    handler.onRequestStart(exchange);
    void this.#send(exchange, FETCH_LIMITS.refusals);
  }

  /** Sends a request, again as long as the server says that it has not begun with it. */
  async #send(exchange: Http2Exchange, refusals: number): Promise<void> {
    const session = this.#session ?? this.#begin(this.dial());
    try {
      const refused = await exchange.run(await session);
      if (refused === null) return;
      this.#leave(session);
      if (refusals === 0) throw refused;
    } catch (error) {
      exchange.fail(error as Error);
      return;
    }
    await this.#send(exchange, refusals - 1);
  }

  #begin(dialling: Promise<TLSSocket>): Promise<ClientHttp2Session> {
    const starting = dialling.then((socket) => startSession(this.origin, socket));
    this.#session = starting;
    const leave = (): void => this.#leave(starting);
    starting.then((session) => {
      if (this.#destroyed) session.destroy();
      this.#open.add(session);
      session.once('goaway', leave);
      session.once('close', () => {
        leave();
        this.#open.delete(session);
      });
    }, leave);
    return starting;
  }

  /** Lets no further request go over a session. */
  #leave(session: Promise<ClientHttp2Session>): void {
    if (this.#session !== session) return;
    this.#session = null;
    // It ends when its last answer has come. Why it did not begin is told to those who wait for it.
    session.then(
      (started) => started.close(),
      () => undefined,
    );
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    await Promise.all(
      [...this.#open].map(
        (session) =>
          new Promise<void>((resolve) => {
            session.once('close', () => resolve());
            session.destroy();
          }),
      ),
    );
  }
}

function startSession(origin: string, socket: TLSSocket): ClientHttp2Session {
  if (socket.alpnProtocol !== 'h2') {
    socket.destroy();
    throw Object.assign(new Error('The server speaks HTTP/2 no more'), { code: 'ERR_HTTP2_ERROR' });
  }
  // The server may have hung up already; a session on such a connection would never say so.
  if (socket.destroyed) throw Object.assign(new Error('The server hung up'), { code: 'ECONNRESET' });
  const session = connect(origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: FETCH_LIMITS.http2StreamWindow },
    maxSessionMemory: FETCH_LIMITS.http2SessionMegabytes,
  });
  session.once('connect', () => {
    if (!session.destroyed) session.setLocalWindowSize(FETCH_LIMITS.http2SessionWindow);
  });
  // Every stream ends with an error of its own then, which its request reports.
  session.on('error', () => session.destroy());
  return session;
}
