import * as fs from 'node:fs';
import * as path from 'node:path';
import { formatPullStatus, pull, type PullEvent } from '@ost/fetch';
import { openRepo } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, isPartial, makeFixture, objectFile, objects } from './support/fixture.js';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await makeFixture();
});
afterEach(() => fixture.close());

describe.each(['archive', 'bare-user', 'bare-user-only', 'bare'])('into a %s repository', (mode) => {
  it('brings a ref and everything below it', async () => {
    const repo = await fixture.client(mode);
    const result = await pull(repo, 'origin', { refs: ['main'] });
    expect(result.refs).toEqual([{ name: 'main', collectionId: null, commit: fixture.second, previous: null }]);
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    expect(result.stats.contentFetched).toBe(5);
    expect(formatPullStatus(result)).toMatch(
      /^\d+ metadata, 5 content objects fetched; \d+ B transferred in \d+ seconds; .*written$/,
    );
    expect(isPartial(repo, fixture.second)).toBe(false);
    expect(fs.readdirSync(path.join(repo.path, 'tmp'))).toEqual(['cache']);
    await assertSound(repo);
  });
});

describe('pulling again', () => {
  it('asks for nothing but signatures and fetches only what changed', async () => {
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'] });
    fixture.server.forget();
    await pull(repo, 'origin', { refs: ['main'] });
    expect(fixture.server.requests.filter((r) => r.startsWith('/objects'))).toEqual([
      `/${objectFile(fixture.second, 'commitmeta')}`,
    ]);
    const third = await fixture.commit((tree) => fs.writeFileSync(path.join(tree, 'dir/new'), 'new'));
    fixture.server.forget();
    const { stats, refs } = await pull(repo, 'origin', { refs: ['main'] });
    expect(refs[0]).toMatchObject({ commit: third, previous: fixture.second });
    expect(stats.contentFetched).toBe(1);
    expect(fixture.server.count('.dirtree')).toBe(2);
    await assertSound(repo);
  });

  it('requests no object twice', async () => {
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'], depth: -1 });
    expect(new Set(fixture.server.requests).size).toBe(fixture.server.requests.length);
  });
});

describe('what to pull', () => {
  it('takes refs at commits, bare commits and configured branches', async () => {
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: [`main@${fixture.first}`] });
    expect(repo.resolve('origin:main')).toBe(fixture.first);
    expect(fixture.server.count('summary')).toBe(0);
    await pull(repo, 'origin', { refs: [fixture.second] });
    expect(repo.resolve('origin:main')).toBe(fixture.first);
    expect(repo.hasObject('commit', fixture.second)).toBe(true);
    const branchy = await fixture.client('archive', [
      ['gpg-verify', 'false'],
      ['branches', 'main;'],
    ]);
    await pull(branchy, 'origin');
    expect(branchy.resolve('origin:main')).toBe(fixture.second);
    await expect(pull(repo, 'origin')).rejects.toThrow('No configured branches for remote origin');
    await expect(pull(repo, 'origin', { refs: ['no'] })).rejects.toThrow("No such branch 'no' in repository summary");
    await expect(pull(repo, 'origin', { refs: ['a b'] })).rejects.toThrow('Invalid ref name a b');
  });

  it('works without a summary', async () => {
    fs.rmSync(path.join(fixture.source.path, 'summary'));
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'] });
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    await expect(pull(repo, 'origin', { refs: ['no'] })).rejects.toThrow('HTTP 404');
    await expect(pull(repo, 'origin', { mirror: true })).rejects.toThrow('does not have a summary');
  });

  it('names a web page that stands for a ref', async () => {
    fs.rmSync(path.join(fixture.source.path, 'summary'));
    fs.writeFileSync(path.join(fixture.source.path, 'refs/heads/main'), '<html>\n'.repeat(50));
    const repo = await fixture.client();
    await expect(pull(repo, 'origin', { refs: ['main'] })).rejects.toThrow(
      /^Fetching checksum for ref \(\(empty\), main\): Invalid rev <html> <html>/,
    );
  });

  it('follows parents as far as asked', async () => {
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'] });
    expect(repo.hasObject('commit', fixture.first)).toBe(false);
    await pull(repo, 'origin', { refs: ['main'], depth: 1 });
    expect(repo.hasObject('commit', fixture.first)).toBe(true);
    await assertSound(repo);
    fs.rmSync(path.join(fixture.source.path, objectFile(fixture.first, 'commit')));
    const other = await fixture.client();
    const { commits } = await pull(other, 'origin', { refs: ['main'], depth: -1 });
    expect(commits).toEqual([fixture.second]);
    expect(isPartial(other, fixture.second)).toBe(false);
  });

  it('mirrors all refs and the summary', async () => {
    await fixture.commit(() => undefined, { branch: 'other/branch' });
    const repo = await fixture.client();
    await pull(repo, 'origin', { mirror: true });
    expect(repo.listRefs().map((r) => [r.remote, r.name])).toEqual([
      [null, 'main'],
      [null, 'other/branch'],
    ]);
    const summary = fs.readFileSync(path.join(fixture.source.path, 'summary'));
    expect(fs.readFileSync(path.join(repo.path, 'summary')).equals(summary)).toBe(true);
    await assertSound(repo);
  });

  it('takes only commits, and completes them later', async () => {
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'], commitMetadataOnly: true });
    expect(objects(repo)).toHaveLength(1);
    expect(isPartial(repo, fixture.second)).toBe(true);
    await pull(repo, 'origin', { refs: ['main'] });
    expect(isPartial(repo, fixture.second)).toBe(false);
    await assertSound(repo);
  });

  it('takes only subpaths', async () => {
    const repo = await fixture.client();
    const { stats } = await pull(repo, 'origin', { refs: ['main'], subpaths: ['/dir/deep'] });
    expect(stats.contentFetched).toBe(2);
    expect(isPartial(repo, fixture.second)).toBe(true);
    const local = await fixture.client('bare-user');
    const url = `file://${fixture.source.path}`;
    const imported = await pull(local, 'origin', { refs: ['main'], subpaths: ['/dir/deep', '/file'], url });
    expect(imported.stats).toMatchObject({ local: true, contentFetched: 3 });
    expect(isPartial(local, fixture.second)).toBe(true);
    await pull(local, 'origin', { refs: ['main'], url });
    expect(isPartial(local, fixture.second)).toBe(false);
    await assertSound(local);
    await expect(pull(repo, 'origin', { refs: ['main'], subpaths: ['dir'] })).rejects.toThrow('absolute');
  });

  it('pulls from a file URL, verified or linked', async () => {
    const repo = await fixture.client('archive', [['gpg-verify', 'false']]);
    const url = `file://${fixture.source.path}`;
    const result = await pull(repo, 'origin', { refs: ['main'], url, depth: 1 });
    expect(formatPullStatus(result)).toMatch(/^\d+ metadata, 6 content objects imported/);
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    expect(result.commits).toHaveLength(2);
    const mirror = await fixture.client('bare-user');
    await pull(mirror, 'origin', { url, mirror: true, untrusted: true });
    expect(mirror.resolve('main')).toBe(fixture.second);
    await assertSound(mirror);
  });

  it('names a directory that is no repository', async () => {
    const repo = await fixture.client();
    for (const [place, what] of [
      ['missing', 'No such file or directory'],
      ['tree/file', 'Not a directory'],
    ]) {
      const url = `file://${fixture.root}/${place}`;
      await expect(pull(repo, 'origin', { refs: ['main'], url })).rejects.toThrow(
        `opening repo: opendir(${fixture.root}/${place}): ${what}`,
      );
    }
  });

  it('takes objects from local caches', async () => {
    const cache = await fixture.client();
    await pull(cache, 'origin', { refs: [`main@${fixture.first}`] });
    const repo = await fixture.client('bare-user');
    const { stats } = await pull(repo, 'origin', { refs: ['main'], localCaches: [cache] });
    expect(stats).toMatchObject({ contentFetched: 1, contentLocal: 4 });
    expect(stats.metadataLocal).toBeGreaterThan(0);
    await assertSound(repo);
  });
});

describe('policy', () => {
  it('refuses commits that are not bound to the ref or collection', async () => {
    const refs = path.join(fixture.source.path, 'refs/heads');
    fs.copyFileSync(path.join(refs, 'main'), path.join(refs, 'fake'));
    fs.rmSync(path.join(fixture.source.path, 'summary'));
    const repo = await fixture.client();
    await expect(pull(repo, 'origin', { refs: ['fake'] })).rejects.toThrow('Commit has no requested ref ‘fake’');
    expect(objects(repo)).toEqual([]);
    await pull(repo, 'origin', { refs: ['fake'], disableVerifyBindings: true });
    // A commit that is here is no better than one that is not.
    await expect(pull(repo, 'origin', { refs: ['fake'] })).rejects.toThrow('Commit has no requested ref ‘fake’');
    const bound = await fixture.client('archive', [
      ['gpg-verify', 'false'],
      ['collection-id', 'org.example.Os'],
    ]);
    await expect(pull(bound, 'origin', { refs: ['main'] })).rejects.toThrow('collection ID binding information');
  });

  it('refuses older commits when asked to', async () => {
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'], timestampCheck: true });
    const old = { refs: [`main@${fixture.first}`] };
    await expect(pull(repo, 'origin', { ...old, timestampCheck: true })).rejects.toThrow(
      `Upgrade target revision '${fixture.first}' with timestamp 'Sun Sep 13 12:28:20 2020' is chronologically older than`,
    );
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    await expect(pull(repo, 'origin', { ...old, timestampCheckFromRev: fixture.second })).rejects.toThrow('older');
    await pull(repo, 'origin', old);
    expect(repo.resolve('origin:main')).toBe(fixture.first);
  });

  it('refuses contradicting options and unusable remotes', async () => {
    const repo = await fixture.client();
    await expect(pull(repo, 'origin', { depth: -2 })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(pull(repo, 'origin', { dryRun: true })).rejects.toThrow('--dry-run requires');
    await expect(pull(repo, 'nope')).rejects.toThrow('Remote "nope" not found');
    await expect(pull(repo, '../x')).rejects.toThrow('Invalid remote name ../x');
    await expect(pull(repo, 'origin', { refs: ['main'], url: 'ftp://x/' })).rejects.toThrow(
      'Invalid URI scheme in ftp://x/',
    );
    const keys = (k: string, v: string) => fixture.client('archive', [[k, v]]);
    await expect(pull(await keys('unconfigured-state', 'PAY'), 'origin')).rejects.toThrow(
      'remote unconfigured-state: PAY',
    );
    await expect(pull(await keys('custom-backend', 'x'), 'origin')).rejects.toThrow("uses custom backend 'x'");
    await expect(pull(await keys('tls-client-cert-path', '/x'), 'origin')).rejects.toThrow('must specify both');
  });

  it('refuses another mode than archive', async () => {
    fs.mkdirSync(path.join(fixture.root, 'bare'));
    const bare = await fixture.client('bare-user');
    await pull(bare, 'origin', { mirror: true, refs: ['main'] });
    const { updateSummary } = await import('@ost/repo');
    await updateSummary(await openRepo(bare.path));
    fs.cpSync(bare.path, path.join(fixture.source.path, 'sub'), { recursive: true });
    const repo = await fixture.client();
    await expect(pull(repo, 'origin', { refs: ['main'], url: `${fixture.server.url}/sub` })).rejects.toThrow(
      'Can\'t pull from archives with mode "bare-user"',
    );
  });
});

describe('requests', () => {
  it.each([
    ['http://me:secret@127.0.0.1:99999/', 'Invalid URI http://127.0.0.1:99999/'],
    ['http://me:secret%@127.0.0.1/', 'Invalid URI http://127.0.0.1/'],
    ['ftp://me:secret@127.0.0.1/', 'Invalid URI scheme in ftp://127.0.0.1/'],
    ['http://me:secret@127.0.0.1/?x', 'Base URI http://127.0.0.1/?x must not have a query or fragment'],
    ['mirrorlist=ftp://me:secret@127.0.0.1/', "While fetching mirrorlist 'ftp://127.0.0.1/': "],
  ])('%s is refused, and no login is shown', async (url, message) => {
    const failure = await pull(await fixture.client(), 'origin', { refs: ['main'], url }).then(
      () => null,
      (error: unknown) => error as Error,
    );
    expect(failure?.message).toContain(message);
    expect(failure?.message).not.toContain('secret');
  });

  it('have the cookies that are for them: of the domain, the path, secure ones over TLS, and none that has expired', async () => {
    const repo = await fixture.client();
    const late = Math.floor(Date.now() / 1000) + 1000;
    const jar = [
      ['127.0.0.1', 'FALSE', '/', 'FALSE', '0', 'session', '1'],
      ['127.0.0.1', 'FALSE', '/objects', 'FALSE', `${late}`, 'objects', '2'],
      ['127.0.0.1', 'FALSE', '/obj', 'FALSE', `${late}`, 'no-path', '3'],
      ['127.0.0.1', 'FALSE', '/', 'TRUE', `${late}`, 'secure', '4'],
      ['127.0.0.1', 'FALSE', '/', 'FALSE', '1000', 'expired', '5'],
      ['.0.0.1', 'TRUE', '/', 'FALSE', `${late}`, 'no-subdomain', '6'],
      ['0.0.1', 'FALSE', '/', 'FALSE', `${late}`, 'no-domain', '7'],
    ].map((fields) => fields.join('\t'));
    const file = path.join(repo.path, 'origin.cookies.txt');
    fs.writeFileSync(file, ['# Netscape HTTP Cookie File', 'rubbish', ...jar, ''].join('\n'));
    const before = fs.readFileSync(file);
    await pull(repo, 'origin', { refs: ['main'] });
    for (const [i, name] of fixture.server.requests.entries()) {
      const cookies = name.startsWith('/objects/') ? 'session=1; objects=2' : 'session=1';
      expect(fixture.server.headers[i]?.cookie).toBe(cookies);
    }
    expect(fs.readFileSync(file)).toEqual(before);
  });

  it('carry headers, cookies, login and the user agent', async () => {
    const repo = await fixture.client();
    const { addCookie } = await import('@ost/fetch');
    addCookie(repo, 'origin', { domain: '127.0.0.1', path: '/', name: 'a', value: 'b' });
    addCookie(repo, 'origin', { domain: '127.0.0.1', path: '/elsewhere', name: 'c', value: 'd' });
    await pull(repo, 'origin', {
      refs: ['main'],
      httpHeaders: [['X-Test', 'yes']],
      appendUserAgent: 'dodo/2.15',
      url: fixture.server.url.replace('http://', 'http://user:p%40ss@'),
    });
    for (const headers of fixture.server.headers) {
      expect(headers).toMatchObject({ 'x-test': 'yes', cookie: 'a=b' });
      expect(headers['user-agent']).toMatch(/^ost\/\S+ dodo\/2\.15$/);
      expect(headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
      expect(headers['accept-encoding']).toBeUndefined();
    }
  });

  it('go to contenturl for objects only', async () => {
    const repo = await fixture.client('archive', [
      ['gpg-verify', 'false'],
      ['contenturl', 'http://127.0.0.1:1/none'],
    ]);
    await expect(pull(repo, 'origin', { refs: ['main'], networkRetries: 0 })).rejects.toThrow(
      /While fetching http:\/\/127\.0\.0\.1:1\/none\/objects\/.*\.commit: \[7\] Couldn't connect to server/,
    );
    expect(fixture.server.count('.commitmeta')).toBe(1);
  });

  it('go to the next mirror when one does not have the file', async () => {
    fs.mkdirSync(path.join(fixture.source.path, 'empty'));
    fs.writeFileSync(path.join(fixture.source.path, 'empty/config'), '');
    const list = [
      '# mirrors',
      'ftp://x/',
      `${fixture.server.url}/gone`,
      `${fixture.server.url}/empty`,
      fixture.server.url,
    ];
    fs.writeFileSync(path.join(fixture.source.path, 'mirrorlist'), list.join('\n'));
    const repo = await fixture.client();
    await pull(repo, 'origin', { refs: ['main'], url: `mirrorlist=${fixture.server.url}/mirrorlist` });
    expect(fixture.server.count('/gone/config')).toBe(1);
    expect(fixture.server.count('/empty/objects')).toBeGreaterThan(0);
    await assertSound(repo);
  });
});

it('reports what happens', async () => {
  const events: PullEvent[] = [];
  const repo = await fixture.client();
  await pull(repo, 'origin', { refs: ['main'], onProgress: (event) => events.push(event) });
  expect(events[0]).toEqual({ type: 'resolved', refs: [{ name: 'main', commit: fixture.second }] });
  expect(events.at(-2)).toMatchObject({
    type: 'progress',
    progress: { contentFetched: 5, contentRequested: 5, scanning: false },
  });
  expect(events.at(-1)).toEqual({ type: 'publish' });
});
