import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalPermissions } from '@ost/repo';
import { assertSound, commitDir, freshRepo, MODES } from '../support/repos.js';
import { scratch } from '../support/scratch.js';
import { inPieces, member, tar } from '../support/tar.js';
import { commitTar, HELLO, ROOT, treeOf } from '../support/tar-commits.js';
import { makeTree, noise } from '../support/tree.js';

describe('reading a tar archive', () => {
  it('takes every kind of entry', async () => {
    const archive = tar(
      { ...ROOT, mode: 0o711, uid: 1, gid: 2 },
      HELLO,
      { name: 'bin/', mode: 0o1777 },
      { name: 'bin/suid', mode: 0o4755, uid: 3, gid: 4, content: 'x' },
      { name: 'bin/link', type: '2', link: '../hello', mode: 0o777 },
      { name: 'bin/contiguous', type: '7' },
      { name: 'bin/unknown', type: 'Q' },
      { name: 'old-directory/', type: '\0', magic: 'v7' },
    );
    expect(await treeOf(archive)).toEqual([
      '/ 40711 1:2',
      '/hello 100644 0:0 6',
      '/bin 41777 0:0',
      '/bin/contiguous 100644 0:0 0',
      '/bin/link 120777 0:0 -> ../hello',
      '/bin/suid 104755 3:4 1',
      '/bin/unknown 100644 0:0 0',
      '/old-directory 40755 0:0',
    ]);
  });

  it.each([
    ['/absolute', '/absolute'],
    ['/../../above', '/above'],
    ['./././dots', '/dots'],
    ['a//b', '/a/b'],
    ['./a/./c', '/a/c'],
    ['ü/日本', null],
  ])('places %s', async (name, path) => {
    const lines = await treeOf(tar(ROOT, { name: 'a/' }, { name: 'ü/' }, { name }));
    expect(lines.some((line) => line.startsWith(`${path ?? `/${name}`} 100644`))).toBe(true);
  });

  it('takes long names, large numbers and prefixes', async () => {
    const long = 'n'.repeat(150);
    const number =
      (at: number, ...bytes: number[]) =>
      (header: Buffer) =>
        void Buffer.from(bytes).copy(header, at);
    const lines = await treeOf(
      tar(
        ROOT,
        { name: '././@LongLink', type: 'L', magic: 'gnu', content: `${long}\0` },
        { name: 'cut off', magic: 'gnu' },
        { name: '././@LongLink', type: 'K', magic: 'gnu', content: `${long}\0` },
        { name: 'a', type: '2', link: 'cut off', magic: 'gnu' },
        {
          name: 'x',
          pax: [
            ['path', `p${long}`],
            ['uid', '4294967294'],
            ['gid', '3000000.5'],
          ],
        },
        { name: 'y', type: '2', link: 'z', pax: [['linkpath', 'far away']] },
        { name: 'base256', patch: number(108, 0x80, 0, 0, 0, 0, 0x2d, 0xc6, 0xc0) },
        { name: 'negative', patch: number(108, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe) },
        { name: 'd/' },
        { name: 'f', prefix: 'd' },
        { name: 'n', magic: 'gnu', prefix: 'd' },
      ),
    );
    expect(lines.slice(1)).toEqual([
      `/a 120644 0:0 -> ${long}`,
      '/base256 100644 3000000:0 0',
      '/n 100644 0:0 0',
      '/negative 100644 4294967294:0 0',
      `/${long} 100644 0:0 0`,
      `/p${long} 100644 4294967294:3000000 0`,
      '/y 120644 0:0 -> far away',
      '/d 40755 0:0',
      '/d/f 100644 0:0 0',
    ]);
  });

  it('keeps attributes byte for byte, sorted', async () => {
    const lines = await treeOf(
      tar(
        { ...ROOT, pax: [['SCHILY.xattr.user.d', 'd']] },
        {
          ...HELLO,
          pax: [
            ['SCHILY.xattr.user.b', Buffer.of(0, 255, 10, 61, 128)],
            ['SCHILY.xattr.user.a', ''],
            ['LIBARCHIVE.xattr.user.%3d', 'aGk'],
            ['RHT.security.selinux', 'label\0'],
            ['SCHILY.xattr.user.twice', '1'],
            ['SCHILY.xattr.user.twice', '2'],
            ['SCHILY.xattr.', 'nameless'],
            ['comment', 'nothing'],
          ],
        },
      ),
    );
    expect(lines).toEqual([
      '/ 40755 0:0 user.d=64',
      '/hello 100644 0:0 6 security.selinux=6c6162656c00 user.==6869 user.a= user.b=00ff0a3d80 user.twice=32',
    ]);
  });

  it('resolves hard links to files before and after them, and to links', async () => {
    const lines = await treeOf(
      tar(
        ROOT,
        { name: 'before', type: '1', link: './hello' },
        HELLO,
        { name: 'after', type: '1', link: '/hello' },
        { name: 'chain', type: '1', link: 'after' },
        { name: 'sized', type: '1', link: 'hello', size: 6 },
      ),
    );
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual([
      '/after',
      '/before',
      '/chain',
      '/hello',
      '/sized',
    ]);
    expect(new Set(lines.slice(1).map((line) => line.split(' ').slice(1).join(' ')))).toEqual(
      new Set(['100644 0:0 6']),
    );
  });

  it('lets content that comes with a pax link replace the file', async () => {
    const archive = tar(
      ROOT,
      { name: 'link', type: '1', link: 'hello', content: 'replaced', pax: [['comment', '']], uid: 7 },
      HELLO,
    );
    expect(await treeOf(archive)).toEqual(['/ 40755 0:0', '/hello 100644 7:0 8', '/link 100644 7:0 8']);
  });

  it.each([
    ['at the end of the file', []],
    ['at one block of zeros', [Buffer.alloc(512)]],
    ['before garbage', [Buffer.alloc(1024), Buffer.from('garbage'.repeat(500))]],
    ['before another archive', [Buffer.alloc(1024), tar({ name: 'no' })]],
  ])('ends %s', async (_, rest) => {
    expect(await treeOf(Buffer.concat([member(ROOT), ...rest]))).toEqual(['/ 40755 0:0']);
  });

  it('gives the same commit in pieces of any size', async () => {
    const archive = tar(ROOT, HELLO, {
      name: 'noise',
      content: noise(5000),
      pax: [['SCHILY.xattr.user.x', noise(700)]],
    });
    const repo = await freshRepo('archive');
    const { checksum } = await commitTar(repo, archive);
    for (const sizes of [[1], [511, 513], [512], [3, 1000], [100_000]]) {
      expect((await commitTar(repo, inPieces(archive, ...sizes), {}, { parent: null })).checksum).toBe(checksum);
    }
  });

  it.each(MODES)('gives what a directory gives, in %s', async (mode) => {
    const dir = makeTree(join(scratch(), 'tree'), { large: true, plain: true });
    const file = join(scratch(), 'tree.tar');
    const made = spawnSync('tar', ['-C', dir, '--format=posix', '-cf', file, '.']);
    expect(made.status).toBe(0);
    const modifier = { filter: canonicalPermissions, noXattrs: true, label: null };
    const [one, two] = [await freshRepo(mode), await freshRepo(mode)];
    const { checksum } = await commitDir(one, dir, { modifier });
    const result = await commitTar(two, new Uint8Array(), { source: file }, { modifier });
    expect(result.checksum).toBe(checksum);
    expect(result.stats.contentTotal).toBeGreaterThan(20);
    await assertSound(two);
  });
});
