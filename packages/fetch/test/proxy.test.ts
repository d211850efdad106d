import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import { pull } from '@ost/fetch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { assertSound, type Fixture, makeFixture } from './support/fixture.js';
import { TestServer } from './support/server.js';

const file = (name: string): string => fileURLToPath(new URL(`./support/tls/${name}`, import.meta.url));

let fixture: Fixture;
let proxy: http.Server;
let url: string;
/** What the proxy was asked for, with the login it was shown. */
let asked: (readonly [string, string | undefined])[];

beforeEach(async () => {
  fixture = await makeFixture();
  asked = [];
  proxy = http.createServer((request, response) => {
    asked.push([request.url as string, request.headers['proxy-authorization']]);
    const { 'proxy-authorization': _, ...headers } = request.headers;
    http.get(request.url as string, { headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
  });
  proxy.on('connect', (request, socket) => {
    asked.push([request.url as string, request.headers['proxy-authorization']]);
    const [host, port] = (request.url as string).split(':');
    const server = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(server).pipe(socket);
    });
    for (const end of [socket, server]) end.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  url = `127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  proxy.closeAllConnections();
  proxy.close();
  await fixture.close();
});

async function go(server: string, ...keys: (readonly [string, string])[]): Promise<void> {
  const repo = await fixture.client('archive', [['gpg-verify', 'false'], ...keys]);
  await pull(repo, 'origin', { refs: ['main'], url: server, networkRetries: 0 });
  expect(repo.resolve('origin:main')).toBe(fixture.second);
  await assertSound(repo);
}

describe('a proxy', () => {
  it('that the remote names is asked for everything, with its login', async () => {
    const { server } = fixture;
    await go(server.url, ['proxy', `http://user:p%40ss@${url}`]);
    const login = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(asked).toEqual(server.requests.map((path) => [`${server.url}${path}`, login]));
    expect(server.headers.every((headers) => headers['proxy-authorization'] === undefined)).toBe(true);
  });

  it('only passes on what is encrypted', async () => {
    const server = await new TestServer(fixture.source.path, {
      key: fs.readFileSync(file('server.key')),
      cert: fs.readFileSync(file('server.crt')),
    }).start();
    try {
      const proxied = ['proxy', `http://${url}`] as const;
      await expect(go(server.url, proxied)).rejects.toThrow('[60] SSL peer certificate');
      await go(server.url, proxied, ['tls-ca-path', file('server.crt')]);
      expect(new Set(asked)).toEqual(new Set(asked.map(() => [new URL(server.url).host, undefined])));
    } finally {
      await server.stop();
    }
  });

  it('may come from the environment, with exceptions; the remote has the last word', async () => {
    vi.stubEnv('http_proxy', url);
    await go(fixture.server.url, ['proxy', '']);
    expect(asked.length).toBe(fixture.server.requests.length);
    asked = [];
    vi.stubEnv('no_proxy', 'example.com, 127.0.0.1');
    await go(fixture.server.url);
    expect(asked).toEqual([]);
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('http_proxy', '127.0.0.1:1');
    await expect(go(fixture.server.url)).rejects.toThrow("[7] Couldn't connect to server");
    await go(fixture.server.url, ['proxy', url]);
  });

  it('is not taken from HTTP_PROXY in capitals', async () => {
    vi.stubEnv('HTTP_PROXY', url);
    await go(fixture.server.url);
    expect(asked).toEqual([]);
  });

  it('that hangs up is not asked again and again', async () => {
    let connections = 0;
    const rude = net.createServer((socket) => {
      connections++;
      socket.once('data', () => socket.destroy());
    });
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const { port } = rude.address() as net.AddressInfo;
    try {
      await expect(go('https://127.0.0.1:1', ['proxy', `http://127.0.0.1:${port}`])).rejects.toThrow(
        '[56] Failure when receiving data from the peer',
      );
      // The summary and its signature, which are asked for together.
      expect(connections).toBeLessThanOrEqual(2);
    } finally {
      rude.close();
    }
  });

  it('that is no URL is refused, without its password', async () => {
    await expect(go(fixture.server.url, ['proxy', 'http://me:secret@[x'])).rejects.toThrow(
      /^Invalid proxy http:\/\/\[x$/,
    );
    expect(fixture.server.requests).toEqual([]);
  });

  it('of another kind is refused', async () => {
    await expect(go(fixture.server.url, ['proxy', `socks5://${url}`])).rejects.toThrow(
      'Proxies of type socks5 are not supported',
    );
    expect(fixture.server.requests).toEqual([]);
  });
});
