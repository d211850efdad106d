import * as fs from 'node:fs';
import * as path from 'node:path';
import { pull } from '@ost/fetch';
import { initRepo, openRepo } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, makeFixture } from './support/fixture.js';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await makeFixture();
});
afterEach(() => fixture.close());

describe('settings of the repository', () => {
  it('may have remotes in files of their own', async () => {
    const { path: at } = await initRepo(path.join(fixture.root, 'system'), { mode: 'archive' });
    const directory = path.join(fixture.root, 'remotes.d');
    fs.mkdirSync(directory);
    const write = (name: string, remote: string): void =>
      fs.writeFileSync(
        path.join(directory, name),
        `[remote "${remote}"]\nurl=${fixture.server.url}\ngpg-verify=false\nbranches=main;\n`,
      );
    write('10-vendor.conf', 'vendor');
    write('vendor.conf.orig', 'leftover');
    const repo = await openRepo(at, { remotesDirectory: directory });
    await pull(repo, 'vendor', {});
    expect(repo.resolve('vendor:main')).toBe(fixture.second);
    await expect(pull(repo, 'leftover', {})).rejects.toThrow('Remote "leftover" not found');
    write('20-again.conf', 'vendor');
    await expect(openRepo(at, { remotesDirectory: directory })).rejects.toThrow(
      'Multiple specifications found for remote "vendor"',
    );
  });

  it.each([
    ['min-free-space-percent', '99'],
    ['min-free-space-size', '1000TB'],
  ])('%s is left free', async (key, value) => {
    const repo = await fixture.client();
    fs.appendFileSync(path.join(repo.path, 'config'), `[core]\n${key}=${value}\n`);
    const limited = await openRepo(repo.path);
    await expect(pull(limited, 'origin', { refs: ['main'] })).rejects.toMatchObject({ code: 'no-space' });
    expect(limited.resolveIfPresent('origin:main')).toBeNull();
  });
});

describe('options', () => {
  it('keep summaries where the caller says', async () => {
    const repo = await fixture.client();
    const cacheDir = path.join(fixture.root, 'cache');
    fs.mkdirSync(cacheDir);
    fs.writeFileSync(path.join(fixture.source.path, 'summary.sig'), 'any');
    await pull(repo, 'origin', { refs: ['main'], cacheDir });
    expect(fs.readdirSync(path.join(cacheDir, 'summaries')).sort()).toEqual(['origin', 'origin.sig']);
    expect(fs.existsSync(path.join(repo.path, 'tmp/cache/summaries'))).toBe(false);
  });

  it('may refuse what a bare-user-only repository cannot hold', async () => {
    await fixture.commit((tree) => fs.chmodSync(path.join(tree, 'dir/deep/tool'), 0o4755));
    const repo = await fixture.client();
    await expect(pull(repo, 'origin', { refs: ['main'], bareUserOnlyFiles: true })).rejects.toThrow(
      /^Content object [0-9a-f]{64}: invalid mode 0104755 with bits 04000$/,
    );
    await pull(repo, 'origin', { refs: ['main'] });
  });

  it('may trust a server with content, in a mirror that is an archive only', async () => {
    const { path: source } = fixture.source;
    const files = fs.readdirSync(path.join(source, 'objects'), { recursive: true }).map(String);
    const [first = '', ...others] = files.filter((name) => name.endsWith('.filez'));
    for (const other of others) {
      fs.copyFileSync(path.join(source, 'objects', first), path.join(source, 'objects', other));
    }
    const trusting = { refs: ['main'], mirror: true, httpTrusted: true };
    for (const [mode, more] of [
      ['archive', { untrusted: true }],
      ['archive', { mirror: false }],
      ['archive', { httpTrusted: false }],
      ['bare-user', {}],
    ] as const) {
      const repo = await fixture.client(mode);
      await expect(pull(repo, 'origin', { ...trusting, ...more })).rejects.toMatchObject({ code: 'corrupt' });
      expect(repo.resolveIfPresent('main')).toBeNull();
    }
    const repo = await fixture.client();
    await pull(repo, 'origin', trusting);
    await expect(assertSound(repo)).rejects.toMatchObject({ code: 'corrupt' });
  });
});
