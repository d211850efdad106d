import * as fs from 'node:fs';
import * as net from 'node:net';
import { fileURLToPath } from 'node:url';
import { pull } from '@ost/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, makeFixture } from './support/fixture.js';
import { TestServer } from './support/server.js';

const file = (name: string): string => fileURLToPath(new URL(`./support/tls/${name}`, import.meta.url));
const key = fs.readFileSync(file('server.key'));
const cert = fs.readFileSync(file('server.crt'));
const servers: TestServer[] = [];

let fixture: Fixture;
beforeEach(async () => {
  fixture = await makeFixture();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await fixture.close();
});

async function secure(
  more: { readonly requestCert?: boolean; readonly rejectUnauthorized?: boolean; readonly ca?: Buffer } = {},
): Promise<TestServer> {
  const server = await new TestServer(fixture.source.path, { key, cert, ...more }).start();
  servers.push(server);
  return server;
}

async function go(server: TestServer, ...keys: (readonly [string, string])[]): Promise<void> {
  const repo = await fixture.client('archive', [['gpg-verify', 'false'], ...keys]);
  try {
    await pull(repo, 'origin', { refs: ['main'], url: server.url, networkRetries: 0 });
  } catch (error) {
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
    throw error;
  }
  expect(repo.resolve('origin:main')).toBe(fixture.second);
  await assertSound(repo);
}

describe('TLS', () => {
  const pinned = ['tls-ca-path', file('server.crt')] as const;

  it('takes no certificate that nobody vouches for', async () => {
    const server = await secure();
    await expect(go(server)).rejects.toThrow('[60] SSL peer certificate');
    expect(server.requests).toEqual([]);
    await go(server, pinned);
    await go(server, ['tls-permissive', 'true']);
  });

  it('with a pinned authority takes no other', async () => {
    await expect(go(await secure(), ['tls-ca-path', file('client.crt')])).rejects.toThrow('[60]');
    await expect(go(await secure(), ['tls-ca-path', '/missing'])).rejects.toThrow('Reading /missing');
  });

  it('shows who we are when the server asks', async () => {
    const server = await secure({ requestCert: true, ca: fs.readFileSync(file('client.crt')) });
    await expect(go(server, pinned)).rejects.toMatchObject({ code: 'network' });
    await go(server, pinned, ['tls-client-cert-path', file('client.crt')], ['tls-client-key-path', file('client.key')]);
  });

  it('is not lost by a redirect', async () => {
    const server = await secure();
    server.behaviours.set('.filez', (request, response) => {
      response.writeHead(302, { location: `${fixture.server.url}${request.url}` }).end();
    });
    await expect(go(server, pinned)).rejects.toThrow('Redirect to http: is not allowed');
    expect(fixture.server.requests).toEqual([]);
  });

  it('is not waited for once nobody wants to know', async () => {
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const stop = new AbortController();
    silent.once('connection', () => stop.abort());
    const { port } = silent.address() as net.AddressInfo;
    const repo = await fixture.client();
    try {
      const pulling = pull(repo, 'origin', { url: `https://127.0.0.1:${port}`, refs: ['main'], signal: stop.signal });
      // Well below the 30 seconds that connecting may take.
      const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('late')), 15_000).unref());
      await expect(Promise.race([pulling, late])).rejects.toMatchObject({ code: 'aborted' });
    } finally {
      silent.close();
    }
  });

  it('may be reached by a redirect', async () => {
    const server = await secure();
    fixture.server.behaviours.set('/', (request, response) => {
      response.writeHead(302, { location: `${server.url}${request.url}` }).end();
    });
    await go(fixture.server, pinned);
    expect(server.count('.filez')).toBeGreaterThan(0);
  });
});
