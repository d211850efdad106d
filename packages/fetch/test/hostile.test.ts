import * as fs from 'node:fs';
import * as path from 'node:path';
import * as zlib from 'node:zlib';
import { pull, type PullOptions } from '@ost/fetch';
import { encodeArchiveHeader, encodeCommit, encodeDirTree, LIMITS } from '@ost/objects';
import { initRepo, commitTree, type Repo, updateSummary } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { assertSound, type Fixture, isPartial, makeFixture, objectFile, objects } from './support/fixture.js';
import { status } from './support/server.js';

let fixture: Fixture;
let repo: Repo;
beforeEach(async () => {
  fixture = await makeFixture();
  repo = await fixture.client();
});
afterEach(() => fixture.close());

/** The timer behind the one that a test watches. */
const unwatched = globalThis.setTimeout;

const go = (options: PullOptions = {}) => pull(repo, 'origin', { refs: ['main'], networkRetries: 2, ...options });

/** Nothing but complete, right objects may be left behind, and no ref. */
async function assertUnharmed(): Promise<void> {
  expect(repo.resolveIfPresent('origin:main')).toBeNull();
  fixture.server.behaviours.clear();
  await go();
  expect(repo.resolve('origin:main')).toBe(fixture.second);
  expect(isPartial(repo, fixture.second)).toBe(false);
  await assertSound(repo);
}

describe('status codes', () => {
  it.each([500, 503, 408, 429])('%i is tried again', async (code) => {
    fixture.server.behaviours.set('.filez', status(code, 2));
    await go();
    await assertSound(repo);
  });

  it.each([true, false])(
    'is what counts, not how long the page is that comes with it (announced: %s)',
    async (announced) => {
      const page = '<html>no</html>'.padEnd(2000);
      let left = 2;
      fixture.server.behaviours.set('.commit', (_, response) => {
        if (left-- <= 0) return false;
        response.writeHead(500, announced ? { 'content-length': page.length } : {});
        response.write(page);
        response.end();
        return true;
      });
      // From the summary it is known how long the commit is.
      await updateSummary(fixture.source);
      await go();
      expect(left).toBeLessThan(0);
      await assertSound(repo);
    },
  );

  it('fails after the last attempt, with the status', async () => {
    fixture.server.behaviours.set('.dirtree', status(500));
    await expect(go()).rejects.toThrow('Server returned HTTP 500');
    expect(fixture.server.count('.dirtree')).toBe(3);
    await assertUnharmed();
  });

  it('waits longer before each attempt but the first, and not as long as others would', async () => {
    const failing = status(500);
    fixture.server.behaviours.set('.commit', (request, response) => {
      return request.url?.endsWith('meta') === true ? false : failing(request, response);
    });
    const waits: number[] = [];
    let expected: readonly number[] = [];
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((call, delay, ...args) => {
      waits.push(delay ?? 0);
      // Other timers, such as those of connecting, keep their time.
      return unwatched(call, expected.includes(delay ?? 0) ? 0 : delay, ...args);
    });
    const random = vi.spyOn(Math, 'random');
    try {
      for (const [chance, all] of [
        [0, [25, 50, 100, 200, 400, 500, 500]],
        [0.5, [37.5, 75, 150, 300, 600, 750, 750]],
      ] as const) {
        random.mockReturnValue(chance);
        expected = all;
        waits.length = 0;
        await expect(go({ networkRetries: 8 })).rejects.toThrow('HTTP 500');
        expect(waits.filter((wait) => expected.includes(wait))).toEqual(expected);
      }
    } finally {
      for (const spy of [timers, random]) spy.mockRestore();
    }
  });

  it.each([404, 403, 410, 401])('%i is final', async (code) => {
    fixture.server.behaviours.set('.dirmeta', status(code));
    await expect(go()).rejects.toThrow(`Server returned HTTP ${code}`);
    expect(fixture.server.count('.dirmeta')).toBe(1);
    await assertUnharmed();
  });

  it('retries only 408 and 500 when told to', async () => {
    fixture.server.behaviours.set('.commit', (request, response) => {
      if (request.url?.endsWith('meta')) return false;
      response.writeHead(503).end();
      return true;
    });
    await expect(go({ retryAllNetworkErrors: false })).rejects.toThrow('HTTP 503');
    expect(fixture.server.requests.filter((r) => r.endsWith('.commit'))).toHaveLength(1);
  });
});

describe('bodies', () => {
  it.each(['.filez', '.dirtree', '.commit', 'summary'])('a truncated %s is tried again', async (part) => {
    let left = 1;
    fixture.server.behaviours.set(part, (request, response) => {
      if (request.url?.endsWith('.commitmeta') || request.url?.endsWith('.sig') || left-- <= 0) return false;
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
      return true;
    });
    await go();
    await assertSound(repo);
  });

  it('says that a file is truncated', async () => {
    fixture.server.behaviours.set('.filez', (_, response) => {
      response.writeHead(200, { 'content-length': 5000 });
      response.write('half', () => response.destroy());
    });
    await expect(go()).rejects.toThrow('[18] Transferred a partial file');
    await assertUnharmed();
  });

  it('takes no part for the whole', async () => {
    fixture.server.behaviours.set('.dirtree', (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-1/9' }).end('xx');
    });
    await expect(go()).rejects.toThrow('[18] Transferred a partial file');
    await assertUnharmed();
  });

  it('refuses wrong metadata', async () => {
    const other = fs.readFileSync(path.join(fixture.source.path, objectFile(fixture.first, 'commit')));
    fixture.server.behaviours.set(objectFile(fixture.second, 'commit'), (request, response) => {
      if (request.url?.endsWith('meta')) return false;
      response.end(other);
      return true;
    });
    await expect(go()).rejects.toThrow(
      /Corrupted commit object; checksum expected='.*' actual='|exceeded maximum size/,
    );
    expect(objects(repo)).toEqual([]);
    await assertUnharmed();
  });

  it.each(['archive', 'bare-user'])('refuses wrong content in a %s repository', async (mode) => {
    repo = await fixture.client(mode);
    const header = encodeArchiveHeader({ uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] }, 4);
    fixture.server.behaviours.set('.filez', (_, response) => {
      response.end(Buffer.concat([header, zlib.deflateRawSync('evil')]));
    });
    await expect(go()).rejects.toThrow(/Corrupted file object; checksum expected='.*' actual='/);
    await assertUnharmed();
  });

  it('refuses content that is no object at all', async () => {
    fixture.server.behaviours.set('.filez', (_, response) => void response.end('<html>Please log in</html>'));
    await expect(go()).rejects.toThrow(/^Parsing [0-9a-f]{64}\.file: /);
    await assertUnharmed();
  });

  it('stops reading an endless summary at the limit', async () => {
    fixture.server.behaviours.set('/summary', (request, response) => {
      if (request.url?.endsWith('.sig')) return false;
      const chunk = Buffer.alloc(1 << 20);
      const write = (): void => {
        while (response.write(chunk));
      };
      response.on('drain', write);
      write();
      return true;
    });
    await expect(go()).rejects.toThrow('exceeded maximum size of 134217728 bytes');
  });

  it('stops reading an endless list of mirrors', async () => {
    fixture.server.behaviours.set('/mirrors', (_, response) => {
      response.end(Buffer.alloc((1 << 20) + 1, '\n'));
      return true;
    });
    const url = `mirrorlist=${fixture.server.url}/mirrors`;
    await expect(go({ url })).rejects.toThrow('exceeded maximum size of 1048576 bytes');
    await assertUnharmed();
  });

  it('refuses a tree that is nested too deep', async () => {
    const { source } = fixture;
    const commit = source.loadCommit(fixture.second);
    const deep = await source.withTransaction(async ({ writer }) => {
      let contents = writer.writeMetadata('dirtree', encodeDirTree({ files: [], dirs: [] }));
      for (let depth = 0; depth <= LIMITS.treeDepth; depth++) {
        const dirs = [{ name: 'd', contents, meta: commit.meta }];
        contents = writer.writeMetadata('dirtree', encodeDirTree({ files: [], dirs }));
      }
      return writer.writeMetadata('commit', encodeCommit({ ...commit, contents }));
    });
    await expect(go({ refs: [deep] })).rejects.toThrow('Tree is nested deeper than 1024');
    expect(isPartial(repo, deep)).toBe(true);
    await go();
    expect(repo.resolve('origin:main')).toBe(fixture.second);
  });

  it('refuses a body that is announced too large without reading it', async () => {
    fixture.server.behaviours.set('.dirtree', (_, response) => {
      response.writeHead(200, { 'content-length': 1e12 });
      response.write('x');
    });
    await expect(go()).rejects.toThrow('exceeded maximum size');
    await assertUnharmed();
  });

  it('refuses an endless content object, streaming it', async () => {
    const header = encodeArchiveHeader({ uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] }, 1 << 24);
    const zeros = zlib.deflateRawSync(Buffer.alloc(1 << 24), { level: 0 });
    fixture.server.behaviours.set('.filez', (_, response) => {
      response.write(header);
      const write = (): void => {
        while (response.write(zeros));
      };
      response.on('drain', write);
      write();
    });
    await expect(go({ networkRetries: 0 })).rejects.toThrow('trailing data');
    await assertUnharmed();
  });

  it('refuses a bomb that claims to be small', async () => {
    const header = encodeArchiveHeader({ uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] }, 10);
    const bomb = zlib.deflateRawSync(Buffer.alloc(1 << 26), { level: 9 });
    fixture.server.behaviours.set('.filez', (_, response) => void response.end(Buffer.concat([header, bomb])));
    await expect(go()).rejects.toThrow(/exceeds 10 bytes/);
    await assertUnharmed();
  });
});

describe('connections', () => {
  it('gives up on a server that stalls', async () => {
    // Time passes only while the server is silent: nothing else can be too slow.
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    fixture.server.behaviours.set('.dirtree', (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x');
      now += 300;
    });
    try {
      await expect(go({ lowSpeedTimeSeconds: 0.3, networkRetries: 1, connections: 1 })).rejects.toThrow(
        '[28] Timeout was reached',
      );
    } finally {
      clock.mockRestore();
    }
    expect(fixture.server.count('.dirtree')).toBe(2);
    await assertUnharmed();
  });

  it('gives up on a server that never answers', async () => {
    fixture.server.behaviours.set('/summary.sig', () => true);
    await expect(go({ lowSpeedTimeSeconds: 0.2, networkRetries: 0 })).rejects.toThrow('[28] Timeout was reached');
  });

  it('says that nobody listens', async () => {
    const url = 'http://127.0.0.1:1/';
    await expect(go({ url, networkRetries: 0 })).rejects.toThrow(
      `While fetching ${url}summary.sig: [7] Couldn't connect to server`,
    );
  });

  it('follows redirects, but not for ever and not to files', async () => {
    fixture.server.behaviours.set('/old/', (request, response) => {
      response.writeHead(302, { location: request.url?.replace('/old/', '/') ?? '' }).end();
    });
    await go({ url: `${fixture.server.url}/old` });
    await assertSound(repo);
    fixture.server.behaviours.set('/loop/', (request, response) => {
      response.writeHead(301, { location: request.url ?? '' }).end();
    });
    await expect(go({ url: `${fixture.server.url}/loop` })).rejects.toThrow('[47]');
    // The summary and its signature.
    expect(fixture.server.count('/loop/')).toBe(2 * 11);
    fixture.server.behaviours.set(
      '/file/',
      (_, response) => void response.writeHead(301, { location: 'file:///etc/passwd' }).end(),
    );
    await expect(go({ url: `${fixture.server.url}/file` })).rejects.toThrow('Redirect to file: is not allowed');
  });

  it('keeps a login from other servers', async () => {
    const other = await makeFixture();
    try {
      const target = other.server.url;
      fixture.server.behaviours.set('/', (request, response) => {
        response.writeHead(302, { location: `${target}${request.url}` }).end();
      });
      const url = fixture.server.url.replace('http://', 'http://user:secret@');
      await go({
        url,
        httpHeaders: [
          ['Authorization', 'Bearer token'],
          ['X-Other', '1'],
        ],
      }).catch(() => undefined);
      expect(other.server.headers.length).toBeGreaterThan(0);
      for (const headers of other.server.headers) {
        expect(headers.authorization).toBeUndefined();
        expect(headers['x-other']).toBeUndefined();
      }
      expect(fixture.server.headers[0]?.authorization).toBe('Bearer token');
      expect(fixture.server.headers[0]?.['x-other']).toBe('1');
    } finally {
      await other.close();
    }
  });
});

describe('interruption', () => {
  it('resumes from what an aborted pull had', async () => {
    const abort = new AbortController();
    let served = 0;
    fixture.server.behaviours.set('.filez', () => {
      if (++served > 2) abort.abort();
      return served > 2;
    });
    await expect(go({ signal: abort.signal, connections: 1 })).rejects.toMatchObject({ code: 'aborted' });
    expect(repo.transaction).toBeNull();
    expect(isPartial(repo, fixture.second)).toBe(true);
    fixture.server.behaviours.clear();
    fixture.server.forget();
    const { stats } = await go();
    expect(stats.contentFetched).toBe(3);
    expect(fixture.server.count('.dirtree')).toBe(0);
    expect(isPartial(repo, fixture.second)).toBe(false);
    await assertSound(repo);
  });

  it('does nothing when it was aborted before', async () => {
    await expect(go({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(fixture.server.requests).toEqual([]);
  });
});

describe('many objects', () => {
  let many: Repo;
  beforeEach(async () => {
    const tree = path.join(fixture.root, 'many-tree');
    for (let i = 0; i < 30; i++) {
      fs.mkdirSync(path.join(tree, `d${i}`), { recursive: true });
      for (let j = 0; j < 40; j++) fs.writeFileSync(path.join(tree, `d${i}/f${j}`), `${i} ${j}`.repeat(i * j));
    }
    fs.writeFileSync(path.join(tree, 'large'), Buffer.alloc(20 << 20, 'some content that repeats '));
    many = await initRepo(path.join(fixture.source.path, 'many'), { mode: 'archive' });
    await commitTree(many, [{ type: 'dir', path: tree }], { branch: 'main', fsync: false });
    await updateSummary(many);
  });
  const url = () => `${fixture.server.url}/many`;

  it.each(['archive', 'bare-user'])('come by worker threads into a %s repository', async (mode) => {
    repo = await fixture.client(mode);
    const { stats } = await go({ url: url() });
    expect(stats.contentFetched).toBeGreaterThan(1000);
    expect(stats.contentBytesWritten).toBeGreaterThan(20 << 20);
    expect(repo.resolve('origin:main')).toBe(many.resolve('main'));
    expect(new Set(fixture.server.requests).size).toBe(fixture.server.requests.length);
    await assertSound(repo);
  });

  it('are asked for by a bounded number of requests at a time, whoever makes them', async () => {
    const connections = 6;
    let open = 0;
    let most = 0;
    /** Requests that wait until more than half of the connections are in use; the pull ends only if that happens. */
    const held: (() => void)[] = [];
    fixture.server.behaviours.set('.filez', (request, response) => {
      most = Math.max(most, ++open);
      const bytes = fs.readFileSync(path.join(fixture.source.path, request.url as string));
      held.push(() => {
        open--;
        response.end(bytes);
      });
      if (most > connections / 2) for (const answer of held.splice(0)) setImmediate(answer);
    });
    await go({ url: url(), workers: 2, connections });
    expect(most).toBeLessThanOrEqual(connections);
    await assertSound(repo);
  });

  it('fail as one when a worker fails, and resume', async () => {
    let served = 0;
    fixture.server.behaviours.set('.filez', (_, response) => {
      if (++served < 800) return false;
      response.writeHead(404).end();
      return true;
    });
    await expect(go({ url: url() })).rejects.toThrow('HTTP 404');
    expect(repo.transaction).toBeNull();
    fixture.server.behaviours.clear();
    const { stats } = await go({ url: url() });
    expect(stats.contentFetched).toBeLessThan(700);
    await assertSound(repo);
  });

  it('can be aborted while workers fetch', async () => {
    const abort = new AbortController();
    let served = 0;
    fixture.server.behaviours.set('.filez', () => {
      if (++served > 700) abort.abort();
      return served > 700;
    });
    await expect(go({ url: url(), signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' });
    fixture.server.behaviours.clear();
    await go({ url: url() });
    await assertSound(repo);
  });
});
