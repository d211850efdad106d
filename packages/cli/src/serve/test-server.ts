import * as fs from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { serveFile } from './static-files.js';

/** How a {@link testServer} misbehaves and what it insists on. */
export interface TestServerOptions {
  readonly root: string;
  readonly forceRangeRequests: boolean;
  readonly requireBasicAuth: boolean;
  /** Faults to answer with at random. */
  readonly faults: readonly Fault[];
  readonly expectedCookies: readonly (readonly [string, string])[];
  readonly expectedHeaders: readonly (readonly [string, string])[];
  /** Takes lines about requests. */
  readonly log: (line: string) => void;
}

/** An error that a part of all requests gets. */
export interface Fault {
  readonly status: 500 | 408;
  /** 0 to 100. */
  readonly percentage: number;
  /** Not more often than this in all. */
  readonly max: number;
}

const CREDENTIALS = `Basic ${Buffer.from('foouser:barpw').toString('base64')}`;

function cookiesOf(request: IncomingMessage): Map<string, string> {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split(/=(.*)/s));
  return new Map(pairs.map(([name = '', value = '']) => [name, value]));
}

/** The status that a request is turned away with, or null. */
function refusal(request: IncomingMessage, options: TestServerOptions): number | null {
  if (options.requireBasicAuth && request.headers.authorization !== CREDENTIALS) return 401;
  const cookies = cookiesOf(request);
  for (const [name, value] of options.expectedCookies) if (cookies.get(name) !== value) return 403;
  for (const [name, value] of options.expectedHeaders) {
    if (request.headers[name.toLowerCase()] !== value) return 403;
  }
  return null;
}

function reply(response: ServerResponse, status: number): void {
  const headers = { 'content-length': '0', ...(status === 401 ? { 'www-authenticate': 'Basic realm="ostree"' } : {}) };
  response.writeHead(status, headers);
  response.end();
}

/** A web server for tests of clients: serves a directory, and fails on purpose where it is told to. */
export function testServer(options: TestServerOptions): RequestListener {
  const counts = options.faults.map(() => 0);
  const fault = (): number | null => {
    for (const [i, { status, percentage, max }] of options.faults.entries()) {
      if ((counts[i] as number) >= max || Math.random() * 100 >= percentage) continue;
      counts[i] = (counts[i] as number) + 1;
      return status;
    }
    return null;
  };
  return (request, response) => {
    options.log(`serving ${request.url}`);
    const status = refusal(request, options) ?? fault();
    if (status !== null) {
      options.log(`  status: ${status}`);
      reply(response, status);
      return;
    }
    serveFile(options.root, request, response, {
      followLinks: true,
      halfFirst: options.forceRangeRequests && !(request.url ?? '').endsWith('/summary'),
    }).then(
      (served) => options.log(`  status: ${served.status} (length: ${served.length})`),
      () => response.destroy(),
    );
  };
}

/** Calls `gone` once when a directory no longer exists. */
export function watchDirectory(directory: string, gone: () => void): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (fs.existsSync(directory)) return;
    clearInterval(timer);
    gone();
  }, 1000);
  return timer;
}
