import * as fs from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where and how a server listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Clients served at a time. @default 256 */
  readonly maxConnections?: number;
}

/** Starts a server whose clients cannot hold it up for ever; resolves when it listens. */
export function listen(handler: RequestListener, options: ListenOptions): Promise<{ server: Server; port: number }> {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 15_000 }, handler);
  server.maxConnections = options.maxConnections ?? 256;
  server.timeout = 120_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve({ server, port: (server.address() as AddressInfo).port });
    });
  });
}

/** Stops a server and the connections that it has. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
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
