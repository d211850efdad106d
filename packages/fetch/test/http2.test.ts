import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import * as tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { pull, type PullOptions } from '@ost/fetch';
import type { Repo } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, isPartial, makeFixture } from './support/fixture.js';
import { type Behaviour, TestServer } from './support/server.js';

const file = (name: string): string => fileURLToPath(new URL(`./support/tls/${name}`, import.meta.url));
const keys = { key: fs.readFileSync(file('server.key')), cert: fs.readFileSync(file('server.crt')) };
const REFUSED_STREAM = 7;

let fixture: Fixture;
let server: TestServer;
let repo: Repo;
beforeEach(async () => {
  fixture = await makeFixture();
  server = await new TestServer(fixture.source.path, { ...keys, http2: true }).start();
  repo = await client();
});
afterEach(async () => {
  await server.stop();
  await fixture.close();
});

const client = (...more: (readonly [string, string])[]): Promise<Repo> =>
  fixture.client('archive', [['gpg-verify', 'false'], ['tls-ca-path', file('server.crt')], ...more]);

const go = (options: PullOptions = {}, into: Repo = repo) =>
  pull(into, 'origin', { refs: ['main'], url: server.url, networkRetries: 0, ...options });

async function assertPulled(into: Repo = repo): Promise<void> {
  const commit = fixture.source.resolve('main');
  expect(into.resolve('origin:main')).toBe(commit);
  expect(isPartial(into, commit)).toBe(false);
  await assertSound(into);
}

/** So many files, which are asked for together. */
async function commitMany(count: number, size: number): Promise<void> {
  await fixture.commit((tree) => {
    for (let i = 0; i < count; i++) {
      fs.writeFileSync(path.join(tree, 'dir', `f${i}`), Buffer.alloc(size, `${i} `));
    }
  });
}

/** A behaviour that is for HTTP/2 only. */
const h2 = (act: (request: Http2ServerRequest, response: Http2ServerResponse) => boolean | void): Behaviour =>
  act as unknown as Behaviour;

/** Calls back when the client has read everything that it was sent so far: it answers pings in turn. */
function onceRead(request: Http2ServerRequest, call: () => void): void {
  request.stream.session?.ping(() => call());
}

/** Waits as long as it takes. */
const eventually = { timeout: 30_000 };

describe('with a server that can', () => {
  it('everything goes over one connection', async () => {
    await commitMany(40, 10);
    await go();
    expect([...server.versions]).toEqual(['2.0']);
    expect(server.connections).toBe(1);
    await assertPulled();
  });

  it('`http2=false` is minded', async () => {
    const plain = await client(['http2', 'false']);
    await go({}, plain);
    expect([...server.versions]).toEqual(['1.1']);
    await assertPulled(plain);
  });

  it('headers, cookies and logins come through', async () => {
    await go({
      url: server.url.replace('//', '//user:word@'),
      httpHeaders: [['X-Token', 'T']],
      appendUserAgent: 'mine',
    });
    for (const headers of server.headers) {
      expect(headers).toMatchObject({ 'x-token': 'T', authorization: 'Basic dXNlcjp3b3Jk' });
      expect(headers['user-agent']).toMatch(/^ost\/\S+ mine$/);
    }
  });

  it('a header that it does not have is refused', async () => {
    await expect(go({ httpHeaders: [['Connection', 'close']] })).rejects.toThrow(
      '[56] HTTP/1 Connection specific headers',
    );
    expect(server.connections).toBe(1);
    expect(server.requests).toEqual([]);
  });

  it('large files come whole, in archives and outside of them', async () => {
    await fixture.commit((tree) => {
      const bytes = Buffer.alloc(9_000_000);
      for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
      fs.writeFileSync(path.join(tree, 'dir/large'), bytes);
    });
    for (const mode of ['archive', 'bare-user']) {
      const into = await fixture.client(mode, [
        ['gpg-verify', 'false'],
        ['tls-permissive', 'true'],
      ]);
      await go({}, into);
      await assertPulled(into);
    }
    expect([...server.versions]).toEqual(['2.0']);
  });

  it('worker threads speak it, too', async () => {
    await commitMany(1200, 10);
    await go();
    expect([...server.versions]).toEqual(['2.0']);
    await assertPulled();
  });
});

it('a server that cannot is asked on the connection that found out', async () => {
  const old = await new TestServer(fixture.source.path, keys).start();
  try {
    await go({ url: old.url, connections: 1 });
    expect([...old.versions]).toEqual(['1.1']);
    expect(old.connections).toBe(1);
    await assertPulled();
  } finally {
    await old.stop();
  }
});

describe('a server that ends connections', () => {
  it('in good order, every few requests, is asked on', async () => {
    await commitMany(60, 10);
    let served = 0;
    server.behaviours.set(
      '/',
      h2((request) => {
        if (++served % 10 === 0) request.stream.session?.close();
        return false;
      }),
    );
    // So few at a time that most requests come after the one that ended the connection.
    await go({ connections: 4 });
    expect(server.connections).toBeGreaterThan(3);
    await assertPulled();
  });

  it('without a word is asked again as often as is allowed', async () => {
    await commitMany(20, 10);
    let served = 0;
    server.behaviours.set('/', (request) => {
      // Whatever was under way fails with it, up to five times.
      if (++served % 10 !== 0 || served > 50) return false;
      request.socket.destroy();
      return true;
    });
    await go({ networkRetries: 5 });
    await assertPulled();
  });
});

it('a server that hangs up right after it has chosen HTTP/2 is a failure at once', async () => {
  const rude = tls.createServer({ ...keys, ALPNProtocols: ['h2'] }, (socket) => socket.destroy());
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
  try {
    const url = `https://127.0.0.1:${(rude.address() as AddressInfo).port}`;
    await expect(go({ url })).rejects.toThrow(/\[(?:16|56)\]/);
    // In a process of its own the connection is gone before what speaks HTTP/2 has been loaded.
    repo.keyFile.set('remote "origin"', 'url', url);
    repo.saveConfig(repo.keyFile);
    const child = spawn(process.execPath, [file('../pull-main.mjs'), repo.path, 'origin', 'main'], { stdio: 'ignore' });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1);
  } finally {
    await new Promise((resolve) => rude.close(resolve));
  }
});

describe('a request that the server refuses before it begins with it', () => {
  it('is sent again at once', async () => {
    await commitMany(20, 10);
    const refused = new Set<string>();
    server.behaviours.set(
      '.filez',
      h2((request) => {
        if (refused.has(request.url)) return false;
        refused.add(request.url);
        request.stream.close(REFUSED_STREAM);
        return true;
      }),
    );
    await go();
    expect(refused.size).toBeGreaterThan(20);
    await assertPulled();
  });

  it('is not sent for ever', async () => {
    server.behaviours.set(
      '.filez',
      h2((request) => request.stream.close(REFUSED_STREAM)),
    );
    await expect(go({ connections: 1 })).rejects.toThrow('[16] Error in the HTTP2 framing layer');
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
    await assertSound(repo);
    server.behaviours.clear();
    await go();
    await assertPulled();
  });
});

describe('an answer that breaks off', () => {
  const faults: readonly (readonly [string, Behaviour, RegExp])[] = [
    ['before its beginning', h2((request) => request.stream.close(8)), /\[16\]/],
    [
      'in the middle',
      h2((request, response) => {
        response.writeHead(200);
        response.write('x', () => onceRead(request, () => request.stream.close(8)));
      }),
      /\[92\]/,
    ],
    [
      'and looks as if it were whole',
      h2((_, response) => void response.writeHead(200, { 'content-length': 100 }).end('x')),
      /\[92\]/,
    ],
    [
      'with the connection',
      h2((request, response) => {
        response.writeHead(200);
        response.write('x', () => onceRead(request, () => request.stream.session?.destroy()));
      }),
      /\[92\]/,
    ],
  ];

  it.each(faults)('%s is none', async (_, fault, message) => {
    server.behaviours.set('.dirmeta', fault);
    await expect(go()).rejects.toThrow(message);
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
    await assertSound(repo);
    server.behaviours.clear();
    await go();
    await assertPulled();
  });

  it('is not waited for when it is too long', async () => {
    let closed = false;
    server.behaviours.set(
      '.dirmeta',
      h2((request, response) => {
        request.stream.once('close', () => {
          closed = true;
        });
        response.writeHead(200);
        const more = (): void => {
          if (!closed) response.write(Buffer.alloc(1 << 16), more);
        };
        more();
      }),
    );
    await expect(go()).rejects.toMatchObject({ code: 'limit' });
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
    await expect.poll(() => closed, eventually).toBe(true);
  });

  it('and stalls is given up', async () => {
    server.behaviours.set(
      '.filez',
      h2((_, response) => void response.writeHead(200).write('x')),
    );
    await expect(go({ lowSpeedTimeSeconds: 1 })).rejects.toThrow('[28] Timeout was reached');
  });
});

it('an abort ends what is under way', async () => {
  const stop = new AbortController();
  server.behaviours.set(
    '.filez',
    h2(() => stop.abort()),
  );
  await expect(go({ signal: stop.signal })).rejects.toMatchObject({ code: 'aborted' });
  await expect.poll(() => server.sockets.size, eventually).toBe(0);
});
