import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOstError } from '@ost/objects';
import { assertSound, freshRepo } from '../support/repos.js';
import { failure, scratch } from '../support/scratch.js';
import { member, sealed, tar } from '../support/tar.js';
import { commitTar, HELLO, refused, ROOT } from '../support/tar-commits.js';

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
