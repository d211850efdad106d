import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';

/** What to do with one request instead of serving the file; return false to serve it after all. */
export type Behaviour = (request: http.IncomingMessage, response: http.ServerResponse) => boolean | void;

/** A static file server that can be told to misbehave. */
export class TestServer {
  /** Paths in the order of request. */
  readonly requests: string[] = [];
  readonly headers: http.IncomingHttpHeaders[] = [];
  /** Decides about requests whose path contains the key. */
  readonly behaviours: Map<string, Behaviour> = new Map();
  readonly #server: http.Server;

  /** @param tls keys to speak https with */
  constructor(
    readonly root: string,
    private readonly tls: https.ServerOptions | null = null,
  ) {
    const answer: http.RequestListener = (request, response) => this.#answer(request, response);
    this.#server = tls === null ? http.createServer(answer) : https.createServer(tls, answer);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `${this.tls === null ? 'http' : 'https'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
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
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = request.url as string;
    this.requests.push(url);
    this.headers.push(request.headers);
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
