import * as fs from 'node:fs';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A certificate with its key, both PEM. */
export interface TlsKeys {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

/** Where and how a server listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Clients served at a time. @default 256 */
  readonly maxConnections?: number;
  /** Speak HTTPS, and HTTP/2 with clients that can. */
  readonly tls?: TlsKeys;
}

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /**
   * Takes no more requests, and ends when those under way are answered.
   * @param grace milliseconds after which they are broken off
   */
  close(grace: number): Promise<void>;
}

const TIMEOUTS = { requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 15_000 };
/** A connection on which nothing moves for so long is dropped. */
const IDLE_MS = 120_000;
/**
 * Requests on one connection of HTTP/2, which ends in good order then. Clients on libcurl reset every short stream, and
 * after 1,000 resets nghttp2 takes them for an attack and breaks the connection.
 */
const STREAMS = 900;

/** Starts a server whose clients cannot hold it up for ever; resolves when it listens. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listening> {
  const { server, endIdle, endAll } = await makeServer(handler, options.tls);
  server.maxConnections = options.maxConnections ?? 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (grace) =>
      new Promise((resolve) => {
        const timer = setTimeout(endAll, grace);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        endIdle();
        if (grace === 0) endAll();
      }),
  };
}

interface Made {
  readonly server: Pick<Server, 'address' | 'close' | 'listen' | 'maxConnections' | 'off' | 'once'>;
  readonly endIdle: () => void;
  readonly endAll: () => void;
}

async function makeServer(handler: RequestListener, tls: TlsKeys | undefined): Promise<Made> {
  if (tls === undefined) {
    const server = createServer(TIMEOUTS, handler);
    server.timeout = IDLE_MS;
    return {
      server,
      endIdle: () => server.closeIdleConnections(),
      endAll: () => server.closeAllConnections(),
    };
  }
  const { createSecureServer } = await import('node:http2');
  const server = createSecureServer(
    { ...TIMEOUTS, allowHTTP1: true, cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) },
    (request, response) => handler(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  server.setTimeout(IDLE_MS, () => undefined);
  /** What ends each session. */
  const ends = new Set<() => void>();
  const sockets = new Set<TLSSocket>();
  server.on('session', (session) => {
    const end = ender(session);
    ends.add(end);
    session.once('close', () => ends.delete(end));
    session.setTimeout(IDLE_MS, end);
    let streams = 0;
    session.on('stream', () => {
      if (++streams === STREAMS) end();
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    // Plain HTTP servers have it by default. Without it, the end of a short answer waits for the acknowledgement of its head.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    server: server as unknown as Made['server'],
    endIdle: () => {
      for (const end of ends) end();
    },
    endAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * What ends a session in good order: the client opens no more streams, and those that are open are answered. Each step
 * waits for a turn of its own, and `close` for the last stream: events come while Node reads, and nghttp2 corrupts its
 * memory when it is told meanwhile to close (nodejs/node#39076).
 */
function ender(session: ServerHttp2Session): () => void {
  let open = 0;
  let ended = false;
  const closeIfIdle = (): void => {
    if (ended && open === 0) setImmediate(() => session.close());
  };
  session.on('stream', (stream) => {
    open++;
    stream.once('close', () => {
      open--;
      closeIfIdle();
    });
  });
  return () => {
    setImmediate(() => {
      if (ended || session.destroyed) return;
      ended = true;
      session.goaway();
      closeIfIdle();
    });
  };
}

/** Writes the port for whoever started us, so that the file is never seen half written; `-` is standard output. */
export function writePort(file: string, port: number, print: (text: string) => void): void {
  if (file === '-') {
    print(`${port}\n`);
    return;
  }
  fs.writeFileSync(`${file}.tmp-${process.pid}`, `${port}\n`);
  fs.renameSync(`${file}.tmp-${process.pid}`, file);
}
