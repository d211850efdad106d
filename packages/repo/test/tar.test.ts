import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Checksum, isOstError } from '@ost/objects';
import {
  canonicalPermissions,
  type CommitOptions,
  type CommitResult,
  commitTree,
  exportTar,
  type Repo,
  setOwner,
  skipList,
  tarPathnameFilter,
  type TarTreeSource,
} from '@ost/repo';
import { leftovers, repoState } from './support/listing.js';
import { assertSound, commitDir, freshRepo, MODES, TIME } from './support/repos.js';
import { failure, scratch } from './support/scratch.js';
import { inPieces, member, newc, padded, sealed, tar } from './support/tar.js';
import { makeTree, noise } from './support/tree.js';

const ROOT = { name: './' };
const HELLO = { name: 'hello', content: 'hello\n' };

/** Commits an archive. */
function commitTar(
  repo: Repo,
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  source: Partial<TarTreeSource> = {},
  options: Partial<CommitOptions> = {},
): Promise<CommitResult> {
  const bytes = archive instanceof Uint8Array ? inPieces(archive) : archive;
  const layer: TarTreeSource = { type: 'tar', source: bytes, ...source };
  return commitTree(repo, [layer], { branch: 'main', timestamp: TIME, subject: 's', ...options });
}

/** Everything below a commit's root, one line each. */
function tree(repo: Repo, checksum: Checksum): string[] {
  const lines: string[] = [];
  const visit = (contents: Checksum, meta: Checksum, path: string): void => {
    const { uid, gid, mode, xattrs } = repo.loadDirMeta(meta);
    lines.push(`${path === '' ? '/' : path} ${mode.toString(8)} ${uid}:${gid}${attributes(xattrs)}`);
    const { files, dirs } = repo.loadDirTree(contents);
    for (const { name, checksum: file } of files) {
      const { header, size } = repo.loadFile(file);
      const target = header.symlinkTarget === '' ? size : `-> ${header.symlinkTarget}`;
      const owner = `${header.uid}:${header.gid}`;
      lines.push(`${path}/${name} ${header.mode.toString(8)} ${owner} ${target}${attributes(header.xattrs)}`);
    }
    for (const dir of dirs) visit(dir.contents, dir.meta, `${path}/${dir.name}`);
  };
  const { contents, meta } = repo.loadCommit(checksum);
  visit(contents, meta, '');
  return lines;
}

function attributes(xattrs: readonly { name: Uint8Array; value: Uint8Array }[]): string {
  return xattrs
    .map(({ name, value }) => ` ${Buffer.from(name).toString()}=${Buffer.from(value).toString('hex')}`)
    .join('');
}

async function treeOf(archive: Uint8Array, source: Partial<TarTreeSource> = {}): Promise<string[]> {
  const repo = await freshRepo('archive');
  const { checksum } = await commitTar(repo, archive, source);
  await assertSound(repo);
  return tree(repo, checksum);
}

async function contentOf(archive: Uint8Array, name: string): Promise<Uint8Array> {
  const repo = await freshRepo('archive');
  const { checksum } = await commitTar(repo, archive);
  const { files } = repo.loadDirTree(repo.loadCommit(checksum).contents);
  const found = files.find((file) => file.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return repo.loadFile(found.checksum).read();
}

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

describe('sparse files', () => {
  const holes = Buffer.alloc(3000);
  holes.write('one', 0);
  holes.write('two', 1500);
  const numbers = (...values: number[]) => values.map((n) => `${n.toString(8).padStart(11, '0')}\0`).join('');
  const data = 'onetwo';
  const map: Record<string, Buffer> = {
    'GNU tar': tar(ROOT, {
      name: 's',
      type: 'S',
      magic: 'gnu',
      content: data,
      patch: (header) => {
        header.write(numbers(0, 3, 1500, 3, 3000, 0), 386);
        header.write(numbers(3000), 483);
      },
    }),
    'GNU tar with more blocks': tar(ROOT, {
      name: 's',
      type: 'S',
      magic: 'gnu',
      size: 6,
      patch: (header) => {
        header.write(numbers(0, 1, 1, 1, 2, 1, 1500, 1), 386);
        header[482] = 1;
        header.write(numbers(3000), 483);
      },
      content: Buffer.concat([padded(Buffer.from(numbers(1501, 1, 1502, 1))), Buffer.from(data)]),
    }),
    'pax 0.0': tar(ROOT, {
      name: 's',
      content: data,
      pax: [
        ['GNU.sparse.size', '3000'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.offset', '0'],
        ['GNU.sparse.numbytes', '3'],
        ['GNU.sparse.offset', '1500'],
        ['GNU.sparse.numbytes', '3'],
      ],
    }),
    'pax 0.1': tar(ROOT, {
      name: 'GNUSparseFile.1/s',
      content: data,
      pax: [
        ['GNU.sparse.name', 's'],
        ['GNU.sparse.size', '3000'],
        ['GNU.sparse.map', '0,3,1500,3'],
      ],
    }),
    'pax 1.0': tar(ROOT, {
      name: 'GNUSparseFile.1/s',
      content: Buffer.concat([padded(Buffer.from('2\n0\n3\n1500\n3\n')), Buffer.from(data)]),
      pax: [
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.name', 's'],
        ['GNU.sparse.realsize', '3000'],
      ],
    }),
  };

  it.each(Object.entries(map))('are expanded: %s', async (_, archive) => {
    expect(Buffer.from(await contentOf(archive, 's')).equals(holes)).toBe(true);
  });

  it('may be nothing but a hole', async () => {
    const pax = [
      ['GNU.sparse.size', '20000000'],
      ['GNU.sparse.map', ''],
    ] as const;
    expect(await treeOf(tar(ROOT, { name: 's', pax }))).toEqual(['/ 40755 0:0', '/s 100644 0:0 20000000']);
  });

  it.each([
    ['pieces beyond the end', '0,3,2999,3'],
    ['pieces that overlap', '10,3,9,3'],
    ['less data than there is', '0,3'],
    ['more data than there is', '0,3,1500,3,1600,1'],
    ['half a piece', '0,3,1500'],
    ['words', '0,3,a,3'],
    ['numbers out of reach', '0,3,99999999999999999999,3'],
  ])('are refused with %s', async (_, value) => {
    const pax = [
      ['GNU.sparse.size', '3000'],
      ['GNU.sparse.map', value],
    ] as const;
    await refused(tar(ROOT, { name: 's', content: data, pax }), 'corrupt', /Sparse|Malformed|overflow/);
  });
});

describe('compression and other formats', () => {
  const archive = tar(ROOT, HELLO);
  const lines = ['/ 40755 0:0', '/hello 100644 0:0 6'];

  it('reads gzip, several members and twice over', async () => {
    expect(await treeOf(gzipSync(archive))).toEqual(lines);
    const parts = [archive.subarray(0, 700), archive.subarray(700)].map((part) => gzipSync(part));
    expect(await treeOf(Buffer.concat(parts))).toEqual(lines);
    expect(await treeOf(gzipSync(gzipSync(archive)))).toEqual(lines);
    let often: Buffer = archive;
    for (let i = 0; i < 5; i++) often = gzipSync(often);
    await refused(often, 'limit', /compressed too often/);
  });

  it.for(['xz', 'zstd', 'bzip2', 'lz4', 'xz --format=lzma'])('reads what %s writes', async (command, { skip }) => {
    const [program = '', ...args] = command.split(' ');
    const { status, stdout } = spawnSync(program, ['-c', ...args], { input: archive });
    skip(status !== 0, `${program} is not installed`);
    expect(await treeOf(stdout)).toEqual(lines);
    await refused(stdout.subarray(0, 60), 'corrupt', /./);
  });

  it('refuses damaged and broken-off gzip', async () => {
    const bytes = gzipSync(tar(ROOT, { name: 'noise', content: noise(20_000) }));
    await refused(bytes.subarray(0, -100), 'corrupt', /truncated gzip input/);
    const changed = Buffer.from(bytes);
    changed[changed.length - 6] = (changed.at(-6) as number) ^ 1;
    await refused(changed, 'corrupt', /gzip/);
  });

  it('takes a decompressor of the caller', async () => {
    const reverse = {
      name: 'reverse',
      matches: (start: Uint8Array) => start[0] === 0x52,
      async *decompress(source: AsyncIterable<Uint8Array>) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of source) chunks.push(chunk);
        yield Buffer.concat(chunks).subarray(1).reverse();
      },
    };
    const bytes = Buffer.concat([Buffer.from('R'), Buffer.from(archive).reverse()]);
    expect(await treeOf(bytes, { decompressors: [reverse] })).toEqual(lines);
  });

  it('reads cpio, whose last hard link has the content', async () => {
    const bytes = newc(
      { name: '.', mode: 0o40755, inode: 1, links: 2 },
      { name: 'a', mode: 0o100644, inode: 2, links: 2 },
      { name: 'link', mode: 0o120777, inode: 3, content: 'a' },
      { name: 'b', mode: 0o100644, inode: 2, links: 2, content: 'content' },
    );
    expect(await treeOf(bytes)).toEqual(['/ 40755 5:6', '/a 100644 5:6 7', '/b 100644 5:6 7', '/link 120777 5:6 -> a']);
    await refused(bytes.subarray(0, 300), 'corrupt', /Truncated/);
  });
});

/** Expects that an archive is refused with one line, and that nothing of it can be seen. */
async function refused(archive: Uint8Array, code: string, message: RegExp, source = {}): Promise<void> {
  const repo = await freshRepo('archive');
  const state = repoState(repo.path);
  const error = await failure(commitTar(repo, archive, source));
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
  expect(error.code).toBe(code);
  expect(repoState(repo.path).filter((line) => !line.includes('objects'))).toEqual(
    state.filter((line) => !line.includes('objects')),
  );
  expect(repo.transaction).toBeNull();
  await repo.withTransaction(async () => undefined);
  expect(leftovers(repo.path)).toEqual([]);
}

describe('what is refused', () => {
  const far = (target: string) => tar(ROOT, { name: 'l', type: '1', link: target });
  it.each<[string, Uint8Array, string, RegExp]>([
    ['an ascent', tar(ROOT, { name: '../up' }), 'invalid-name', /^While making relative path "..\/up":Invalid uplink/],
    ['an ascent inside', tar(ROOT, { name: 'a/../../b' }), 'invalid-name', /Invalid uplink/],
    ['an ascent at the end', tar(ROOT, { name: 'a/..' }), 'invalid-name', /Invalid uplink/],
    ['a name that is not UTF-8', tar(ROOT, { name: Buffer.of(0xff) }), 'invalid-name', /Invalid UTF-8 in filename/],
    ['a target that is not UTF-8', tar(ROOT, { name: 's', type: '2', link: Buffer.of(0xff) }), 'invalid-name', /UTF-8/],
    ['a symlink without a target', tar(ROOT, { name: 's', type: '2' }), 'corrupt', /Symlink without a target/],
    ['a character device', tar(ROOT, { name: 'd', type: '3' }), 'unsupported', /^Unsupported file type for path "d"$/],
    ['a block device', tar(ROOT, { name: 'd', type: '4' }), 'unsupported', /Unsupported file type/],
    ['a fifo', tar(ROOT, { name: 'd', type: '6' }), 'unsupported', /Unsupported file type/],
    ['a further volume', tar(ROOT, { name: 'd', type: 'M' }), 'unsupported', /Unsupported file type/],
    ['a root that is a file', tar(ROOT, { name: '.' }), 'invalid-name', /root/],
    ['no root', tar(HELLO), 'state', /^Can't commit an empty tree$/],
    ['a missing parent', tar(ROOT, { name: 'a/b/c' }), 'not-found', /^No such file or directory: a$/],
    ['a file as parent', tar(ROOT, HELLO, { name: 'hello/x' }), 'not-found', /^No such file or directory: hello$/],
    [
      'a file for a directory',
      tar(ROOT, { name: 'd/' }, { name: 'd' }),
      'state',
      /Can't replace directory with file: d/,
    ],
    [
      'a directory for a file',
      tar(ROOT, HELLO, { name: 'hello/' }),
      'state',
      /Can't replace file with directory: hello/,
    ],
    ['a link to nothing', far('no'), 'not-found', /Processing deferred hardlink no: .*No such file or directory: no$/],
    ['a link to the outside', far('../../etc/passwd'), 'invalid-name', /Invalid uplink/],
    [
      'a link to an absolute path that is not inside',
      far('/etc/passwd'),
      'not-found',
      /No such file or directory: etc/,
    ],
    ['a link to itself', far('l'), 'not-found', /No such file or directory: l/],
    ['a link to a directory', far('.'), 'state', /Expected hardlink file target/],
    [
      'links in a circle',
      tar(ROOT, ...['ab', 'bc', 'ca'].map(([name = '', link]) => ({ name, type: '1', link: link ?? '' }))),
      'not-found',
      /No such/,
    ],
    ['too deep a path', tar(ROOT, { name: 'x', pax: [['path', 'd/'.repeat(2000)]] }), 'limit', /names deep/],
    [
      'garbage',
      Buffer.from('hello world\n'.repeat(100)),
      'corrupt',
      /^archive_read_open_fd: Unrecognized archive format$/,
    ],
    [
      'a wrong checksum',
      Buffer.concat([member(ROOT), member(HELLO).fill(0x41, 0, 3), Buffer.alloc(1024)]),
      'corrupt',
      /^Damaged tar archive$/,
    ],
    [
      'an end in a header',
      Buffer.concat([member(ROOT), member(HELLO).subarray(0, 100)]),
      'corrupt',
      /^Truncated tar archive$/,
    ],
    ['an end in content', member({ ...HELLO, size: 600 }), 'corrupt', /^Truncated tar archive$/],
    ['an end in padding', member({ ...HELLO }).subarray(0, 600), 'corrupt', /^Truncated tar archive$/],
    ['an end after an extended header', member({ name: 'x', type: 'x' }), 'corrupt', /^Truncated tar archive$/],
    [
      'a negative size',
      tar(ROOT, { name: 'f', patch: (h) => void h.fill(0xff, 124, 136) }),
      'corrupt',
      /negative size/,
    ],
    [
      'an absurd size',
      tar(ROOT, { name: 'f', patch: (h) => void h.fill(0x7f, 124, 136).fill(0x80, 124, 125) }),
      'corrupt',
      /size overflow/,
    ],
    [
      'a long extended header',
      tar(ROOT, { name: 'x', type: 'x', size: 2 ** 30 }),
      'corrupt',
      /^Special header too large$/,
    ],
    ['a long name', tar(ROOT, { name: 'x', type: 'L', size: 2 ** 30 }), 'corrupt', /^Special header too large$/],
    [
      'a record without an end',
      tar(ROOT, { name: 'x', type: 'x', content: '6 a=cc' }, HELLO),
      'corrupt',
      /Malformed pax/,
    ],
    [
      'a record without a length',
      tar(ROOT, { name: 'x', type: 'x', content: 'a=b\n' }, HELLO),
      'corrupt',
      /Malformed pax/,
    ],
    [
      'a record of no length',
      tar(ROOT, { name: 'x', type: 'x', content: '0 a=b\n' }, HELLO),
      'corrupt',
      /Malformed pax/,
    ],
    [
      'a record without a value',
      tar(ROOT, { name: 'x', type: 'x', content: '6 abc\n' }, HELLO),
      'corrupt',
      /Invalid pax/,
    ],
    ['a number that is none', tar(ROOT, { ...HELLO, pax: [['uid', 'root']] }), 'corrupt', /Malformed pax/],
    ['an owner out of range', tar(ROOT, { ...HELLO, pax: [['uid', '4294967296']] }), 'corrupt', /owner out of range/],
    [
      'an attribute with NUL in its name',
      tar(ROOT, { ...HELLO, pax: [['SCHILY.xattr.a\0b', '']] }),
      'corrupt',
      /xattr name/,
    ],
  ])('%s', (_, archive, code, message) => refused(archive, code, message));

  it('a file that is not there, and a directory', async () => {
    const file = join(scratch(), 'no.tar');
    await refused(new Uint8Array(), 'not-found', /^archive_read_open_filename: Failed to open '.*no.tar'$/, {
      source: file,
    });
    await refused(new Uint8Array(), 'io', /^archive_read_open_filename: Error reading '/, { source: scratch() });
  });

  it('a file that is larger than the disk', async () => {
    const repo = await freshRepo('archive', { 'min-free-space-percent': '3' });
    const size = (header: Buffer) => void Buffer.from('800000000003ffffffffffff', 'hex').copy(header, 124);
    const error = await failure(commitTar(repo, tar(ROOT, { name: 'bomb', patch: size })));
    expect(error.code).toBe('no-space');
  });

  it('whatever a mutation makes of it, never half a commit', async () => {
    const good = tar(
      ROOT,
      {
        ...HELLO,
        pax: [
          ['SCHILY.xattr.user.x', 'v'],
          ['uid', '5'],
        ],
      },
      { name: 'd/' },
      { name: 'd/l', type: '1', link: 'hello' },
      {
        name: 'sp',
        content: 'onetwo',
        pax: [
          ['GNU.sparse.size', '30'],
          ['GNU.sparse.map', '0,3,15,3'],
        ],
      },
      { name: '././@LongLink', type: 'L', magic: 'gnu', content: 'long\0' },
      { name: 's', type: '2', link: 'hello', magic: 'gnu' },
    );
    const repo = await freshRepo('archive');
    const edit = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    const mutation = fc.tuple(fc.array(edit, { maxLength: 4 }), fc.boolean(), fc.option(fc.nat(good.length)));
    await fc.assert(
      fc.asyncProperty(mutation, async ([edits, reseal, cut]) => {
        const bytes = Buffer.from(good);
        for (const { at, byte } of edits) {
          bytes[at] = byte;
          const block = bytes.subarray(at & ~511, (at & ~511) + 512);
          // With its checksum put right, a changed header gets further.
          if (reseal) sealed(block);
        }
        const before = repo.resolveIfPresent('main');
        try {
          await commitTar(repo, bytes.subarray(0, cut ?? undefined));
        } catch (error) {
          expect(isOstError(error), String(error)).toBe(true);
          expect(repo.resolveIfPresent('main')).toBe(before);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
    await assertSound(repo);
  });
});

describe('options', () => {
  const nested = tar({ name: 'a/b/c', content: 'x', uid: 5, gid: 6 });

  it('makes missing parents, without asking the filters', async () => {
    const repo = await freshRepo('archive');
    const modifier = { filter: setOwner(9, undefined), noXattrs: false, label: null };
    const { checksum } = await commitTar(repo, nested, { autocreateParents: true }, { modifier });
    expect(tree(repo, checksum)).toEqual(['/ 40755 5:6', '/a 40755 5:6', '/a/b 40755 5:6', '/a/b/c 100644 9:6 1']);
  });

  it('makes a root of nothing', async () => {
    expect(await treeOf(new Uint8Array(), { autocreateParents: true })).toEqual(['/ 40755 0:0']);
    expect(await treeOf(tar(HELLO), { autocreateParents: true })).toEqual(['/ 40755 0:0', '/hello 100644 0:0 6']);
  });

  it('renames entries and what links point at', async () => {
    const archive = tar(
      ROOT,
      { name: 'usr/' },
      { name: 'usr/f', content: 'x' },
      { name: 'usr/l', type: '1', link: 'usr/f' },
    );
    const rename = tarPathnameFilter('^usr,opt');
    expect(await treeOf(archive, { rename })).toEqual([
      '/ 40755 0:0',
      '/opt 40755 0:0',
      '/opt/f 100644 0:0 1',
      '/opt/l 100644 0:0 1',
    ]);
  });

  it('lays archives over other trees and leaves out what a list names', async () => {
    const repo = await freshRepo('archive');
    await commitTar(repo, tar(ROOT, { name: 'd/' }, { name: 'd/old', content: 'old' }, HELLO), {}, { branch: 'base' });
    const over = tar({ name: 'd/new', content: 'new' }, { name: 'hello', content: 'other' }, { name: 'skip/' });
    const list = skipList('/skip\n');
    const { checksum } = await commitTree(
      repo,
      [
        { type: 'ref', rev: 'base' },
        { type: 'tar', source: inPieces(over) },
      ],
      { branch: 'main', modifier: { filter: list.filter, noXattrs: false, label: null } },
    );
    expect(tree(repo, checksum)).toEqual([
      '/ 40755 0:0',
      '/hello 100644 0:0 5',
      '/d 40755 0:0',
      '/d/new 100644 0:0 3',
      '/d/old 100644 0:0 3',
    ]);
    expect(list.unmatched()).toEqual([]);
  });

  it('can keep attributes that the modifier drops, but not where the repository has none', async () => {
    const archive = tar(ROOT, { ...HELLO, pax: [['SCHILY.xattr.user.x', 'v']] });
    const modifier = { filter: null, noXattrs: true, label: null };
    for (const [mode, kept] of [
      ['archive', true],
      ['bare-user-only', false],
    ] as const) {
      const repo = await freshRepo(mode);
      const { checksum } = await commitTar(repo, archive, { noXattrs: false }, { modifier });
      expect(tree(repo, checksum)[1]?.includes('user.x=76')).toBe(kept);
      const bare = await commitTar(repo, archive, {}, { modifier });
      expect(tree(repo, bare.checksum)[1]).not.toContain('user.x');
    }
  });

  it.each(MODES)('leaves %s sound whatever mode a symlink has', async (mode) => {
    const repo = await freshRepo(mode);
    await commitTar(repo, tar(ROOT, { name: 's', type: '2', link: 'x', mode: 0o644 }));
    await assertSound(repo);
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield member(ROOT);
      for (let i = 0; ; i++) {
        if (i === 50) controller.abort();
        yield member({ name: `f${i}` });
      }
    }
    const repo = await freshRepo('archive');
    const error = await failure(commitTar(repo, endless(), {}, { signal: controller.signal }));
    expect(error.name).toBe('AbortError');
    expect(repo.resolveIfPresent('main')).toBeNull();
  });
});

describe('tarPathnameFilter', () => {
  it.each([
    ['^usr/,', 'usr/bin', 'bin'],
    ['^,foo/', 'usr', 'foo/usr'],
    ['(u)(s),\\2\\1', 'usr', 'sur'],
    ['b,[\\0]', 'abb', 'a[b][b]'],
    ['b,\\g<0>\\g<1>', 'ab', 'ab'],
    ['(?<n>b)|c,<\\g<n>>', 'abc', 'a<b><>'],
    ['(?P<n>b),\\g<n>\\g<n>', 'ab', 'abb'],
    ['a*,-', 'aab', '--b-'],
    ['(?i)B,x', 'abB', 'axx'],
    ['[[:alpha:]]+,x', 'ab/1c', 'x/1x'],
    ['\\Aa,x', 'aa', 'xa'],
    ['a\\z,x', 'aa', 'ax'],
    ['\\-\\_,x', 'a-_b', 'axb'],
    ['b,\\U\\0x\\E\\0', 'b', 'BXb'],
    ['bc,\\u\\0', 'bc', 'Bc'],
    ['B,\\l\\0', 'B', 'b'],
    ['b,\\x41\\x{42}\\t\\\\', 'b', 'AB\t\\'],
    ['a,x,y', 'a', 'x,y'],
    ['$,\\1', 'a', 'a'],
  ])('%s', (text, path, expected) => {
    expect(tarPathnameFilter(text)(path)).toBe(expected);
  });

  it.each([
    ['nothing', "Missing ',' in --tar-pathname-filter"],
    ['(,x', '--tar-pathname-filter: Error while compiling regular expression ‘(’'],
    ['a,\\q', 'unknown escape sequence'],
    ['a,\\', 'stray final'],
    ['a,\\x{ffffff}', 'invalid code point'],
  ])('refuses %s', (text, message) => {
    expect(() => tarPathnameFilter(text)).toThrow(message);
  });
});

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
