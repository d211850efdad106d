import * as fs from 'node:fs';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type * as net from 'node:net';
import * as path from 'node:path';

/** What to do with one request instead of serving the file; return false to serve it after all. */
export type Behaviour = (request: http.IncomingMessage, response: http.ServerResponse) => boolean | void;

/** A static file server that can be told to misbehave. */
export class TestServer {
  /** Paths in the order of request. */
  readonly requests: string[] = [];
  readonly headers: http.IncomingHttpHeaders[] = [];
  /** Versions of HTTP that were spoken. */
  readonly versions: Set<string> = new Set();
  /** Connections that are open, and how many there have been. */
  readonly sockets: Set<net.Socket> = new Set();
  connections = 0;
  /** Decides about requests whose path contains the key. */
  readonly behaviours: Map<string, Behaviour> = new Map();
  readonly #server: net.Server;

  /** @param tls keys to speak https with, and whether HTTP/2 is offered there */
  constructor(
    readonly root: string,
    private readonly tls: (https.ServerOptions & { readonly http2?: boolean }) | null = null,
  ) {
    const answer: http.RequestListener = (request, response) => this.#answer(request, response);
    // Connections stay open: a server that closes an idle one may do so while the next request is on its way.
    const open = { keepAliveTimeout: 0 };
    if (tls === null) this.#server = http.createServer(open, answer);
    else if (tls.http2 === true) {
      // What both kinds of requests have is all that is used here.
      this.#server = http2.createSecureServer({ ...tls, allowHTTP1: true }, answer as never);
    } else this.#server = https.createServer({ ...tls, ...open }, answer);
    this.#server.on(tls === null ? 'connection' : 'secureConnection', (socket: net.Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `${this.tls === null ? 'http' : 'https'}://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  count(part: string): number {
    return this.requests.filter((r) => r.includes(part)).length;
  }

  forget(): void {
    this.requests.length = 0;
    this.headers.length = 0;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = request.url as string;
    this.requests.push(url);
    this.headers.push(request.headers);
    this.versions.add(request.httpVersion);
    for (const [part, behaviour] of this.behaviours) {
      if (url.includes(part) && behaviour(request, response) !== false) return;
    }
    const file = path.join(this.root, decodeURIComponent(url));
    let bytes: Buffer;
    let mtime: Date;
    try {
      bytes = fs.readFileSync(file);
      ({ mtime } = fs.statSync(file));
    } catch {
      response.writeHead(404).end();
      return;
    }
    const since = request.headers['if-modified-since'];
    if (since !== undefined && Math.floor(mtime.getTime() / 1000) * 1000 <= Date.parse(since)) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, { 'content-length': bytes.length, 'last-modified': mtime.toUTCString() }).end(bytes);
  }
}

/** Answers with a status, `times` times. */
export function status(code: number, times: number = Number.POSITIVE_INFINITY): Behaviour {
  let left = times;
  return (_, response) => {
    if (left-- <= 0) return false;
    response.writeHead(code).end('<html>no</html>');
    return true;
  };
}
