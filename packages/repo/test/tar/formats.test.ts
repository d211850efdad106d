import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { newc, tar } from '../support/tar.js';
import { HELLO, refused, ROOT, treeOf } from '../support/tar-commits.js';
import { noise } from '../support/tree.js';

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
