import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pull } from '@ost/fetch';
import type { Repo } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, isPartial, makeFixture } from './support/fixture.js';
import { type Behaviour, status, TestServer } from './support/server.js';

const file = (name: string): string => fileURLToPath(new URL(`./support/tls/${name}`, import.meta.url));
const tls = { key: fs.readFileSync(file('server.key')), cert: fs.readFileSync(file('server.crt')), http2: true };

let fixture: Fixture;
let overHttp2: TestServer;
beforeEach(async () => {
  fixture = await makeFixture();
  overHttp2 = await new TestServer(fixture.source.path, tls).start();
});
afterEach(async () => {
  await overHttp2.stop();
  await fixture.close();
});

/** How a network or a server fails from some request on. */
const faults: readonly (readonly [string, Behaviour])[] = [
  ['the connection breaks', (request) => void request.socket.destroy()],
  [
    'answers break off',
    (request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x', () => request.socket.destroy());
    },
  ],
  ['everything is missing', status(404)],
  ['the server is out of order', status(503)],
];

/** Pulls the first commit, then lets every pull of the second one fail, each one request later than the one before. */
async function failAtEachRequest(repo: Repo, server: TestServer, fault: Behaviour): Promise<number> {
  const go = () => pull(repo, 'origin', { refs: ['main'], url: server.url, networkRetries: 0, connections: 1 });
  for (let working = 0; ; working++) {
    let left = working;
    server.behaviours.set('/', (request, response) => (left-- > 0 ? false : fault(request, response)));
    const failure = await go().then(
      () => null,
      (error: unknown) => error as Error,
    );
    server.behaviours.clear();
    expect(repo.transaction).toBeNull();
    if (failure === null) return working;
    expect(failure.message).toMatch(/^While fetching http|^Fetching|^Invalid rev|No such branch/);
    expect(failure.message).not.toContain('\n');
    expect(repo.resolve('origin:main')).toBe(fixture.first);
    await assertSound(repo);
  }
}

describe.each([
  ['archive', 'HTTP/1.1'],
  ['bare-user', 'HTTP/1.1'],
  ['archive', 'HTTP/2'],
])('into a %s repository over %s, from each request on', (mode, version) => {
  it.each(faults)('%s', async (_, fault) => {
    const server = version === 'HTTP/2' ? overHttp2 : fixture.server;
    const repo = await fixture.client(mode, [
      ['gpg-verify', 'false'],
      ['tls-ca-path', file('server.crt')],
    ]);
    await pull(repo, 'origin', { refs: [fixture.first] });
    await repo.setRef({ remote: 'origin', name: 'main' }, fixture.first);
    await fixture.commit((tree) => {
      for (const name of ['a1', 'a2', 'a3']) fs.writeFileSync(path.join(tree, 'dir', name), name);
    });
    const requests = await failAtEachRequest(repo, server, fault);
    expect(requests).toBeGreaterThan(0);
    const third = fixture.source.resolve('main');
    expect(repo.resolve('origin:main')).toBe(third);
    expect(isPartial(repo, third)).toBe(false);
    await assertSound(repo);
  });
});

it('a server that is cut off at each request in turn is asked for nothing twice', async () => {
  const repo = await fixture.client();
  fixture.server.forget();
  const go = () => pull(repo, 'origin', { refs: ['main'], networkRetries: 0, connections: 1 });
  for (let i = 0; ; i++) {
    let served = 0;
    fixture.server.behaviours.set('.filez', (request) => {
      if (served++ === 0) return false;
      request.socket.destroy();
      return true;
    });
    if (
      await go().then(
        () => true,
        () => false,
      )
    )
      break;
    expect(i).toBeLessThan(20);
  }
  const served = fixture.server.requests.filter((name) => name.endsWith('.dirtree') || name.endsWith('.dirmeta'));
  expect(new Set(served).size).toBe(served.length);
  await assertSound(repo);
});
