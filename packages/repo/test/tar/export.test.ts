import * as fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalPermissions, exportTar } from '@ost/repo';
import { commitDir, freshRepo, MODES } from '../support/repos.js';
import { failure, scratch } from '../support/scratch.js';
import { tar } from '../support/tar.js';
import { commitTar, HELLO, ROOT } from '../support/tar-commits.js';
import { makeTree } from '../support/tree.js';

describe('exportTar', () => {
  async function bytesOf(archive: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it.each(MODES)('gives an archive that commits to the same tree, from %s', async (mode) => {
    const repo = await freshRepo(mode);
    const modifier = { filter: mode === 'bare-user-only' ? canonicalPermissions : null, noXattrs: true, label: null };
    const dir = makeTree(join(scratch(), 'tree'), { large: true });
    fs.mkdirSync(join(dir, 'l'.repeat(90), 'm'.repeat(90)), { recursive: true });
    fs.symlinkSync('x/'.repeat(100), join(dir, 'l'.repeat(90), 'm'.repeat(90), 'long'));
    const { checksum } = await commitDir(repo, dir, { modifier });
    const archive = await bytesOf(exportTar(repo, 'main'));
    expect(archive.length % 512).toBe(0);
    const again = await commitTar(repo, archive, {}, { parent: null });
    const [before, after] = [checksum, again.checksum].map((rev) => repo.loadCommit(rev));
    expect([after?.contents, after?.meta]).toEqual([before?.contents, before?.meta]);
  });

  it('writes subpaths, prefixes and hard links', async () => {
    const repo = await freshRepo('archive');
    const archive = tar(
      ROOT,
      HELLO,
      { name: 'd/' },
      { name: 'd/same', content: 'hello\n' },
      { name: 'd/s', type: '2', link: 'x' },
    );
    await commitTar(repo, archive);
    const list = async (options: Parameters<typeof exportTar>[2]): Promise<string[]> => {
      const bytes = await bytesOf(exportTar(repo, 'main', options));
      const { stdout } = spawnSync('tar', ['-tvPf', '-'], { input: bytes, env: { ...process.env, TZ: 'UTC' } });
      return stdout
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.replace(/ +/g, ' '));
    };
    expect(await list({})).toEqual([
      'drwxr-xr-x 0/0 0 2023-11-14 22:13 ./',
      '-rw-r--r-- 0/0 6 2023-11-14 22:13 hello',
      'drwxr-xr-x 0/0 0 2023-11-14 22:13 d/',
      'lrw-r--r-- 0/0 0 2023-11-14 22:13 d/s -> x',
      'hrw-r--r-- 0/0 0 2023-11-14 22:13 d/same link to hello',
    ]);
    expect((await list({ subpath: '/d', prefix: '/p/' })).map((line) => line.split(' ').slice(5).join(' '))).toEqual([
      '/p/',
      '/p/s -> x',
      '/p/same',
    ]);
  });

  it('refuses a subpath that is no directory', async () => {
    const repo = await freshRepo('archive');
    await commitTar(repo, tar(ROOT, HELLO));
    const run = (subpath: string) => failure(bytesOf(exportTar(repo, 'main', { subpath })));
    expect((await run('/no')).message).toBe('No such file or directory: /no');
    expect((await run('hello')).message).toBe('Not a directory: hello');
  });
});
