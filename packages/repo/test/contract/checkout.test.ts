import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '@ost/repo';
import { listing } from '../support/listing.js';
import { ALL_MODES, commitDir, freshRepo } from '../support/repos.js';
import { failure, isRoot, scratch, write } from '../support/scratch.js';
import { small } from '../support/small.js';
import { makeTree } from '../support/tree.js';

describe.each(ALL_MODES)('a repository of mode %s', (mode) => {
  // Only root can give files away, so the others check out for themselves.
  const plain = isRoot ? {} : { userMode: true };

  describe('checking out', () => {
    it.runIf(isRoot && mode !== 'bare-user-only')('restores everything that was committed', async () => {
      const tree = makeTree(join(scratch(), 'tree'));
      const repo = await freshRepo(mode);
      const { checksum } = await commitDir(repo, tree);
      const out = join(scratch(), 'out');
      await checkout(repo, checksum, out);
      expect(listing(out)).toEqual(listing(tree));
      const copied = join(scratch(), 'copied');
      await checkout(repo, checksum, copied, { forceCopy: true });
      expect(listing(copied)).toEqual(listing(tree));
      const file = join(copied, 'etc/os-release');
      expect(fs.lstatSync(file).nlink).toBe(1);
    });

    it('for a user leaves out owners, xattrs and set-user-id bits', async () => {
      const tree = makeTree(join(scratch(), 'tree'), { large: true });
      const repo = await freshRepo(mode);
      const { checksum } = await commitDir(repo, tree);
      const out = join(scratch(), 'out');
      await checkout(repo, checksum, out, { userMode: true });
      expect(fs.lstatSync(join(out, 'odd/suid')).mode & 0o6000).toBe(0);
      expect(fs.lstatSync(join(out, 'odd/attributes')).uid).toBe(process.geteuid?.());
      expect(fs.readFileSync(join(out, 'large')).equals(fs.readFileSync(join(tree, 'large')))).toBe(true);
      expect(fs.readlinkSync(join(out, 'usr/dangling'))).toBe('../nowhere/at all');
      expect(fs.readdirSync(join(out, 'usr/lib'))).toEqual(fs.readdirSync(join(tree, 'usr/lib')));
    });

    it('refuses what exists, or merges, keeps, compares it', async () => {
      const { repo, checksum } = await small(mode);
      const out = join(scratch(), 'out');
      await checkout(repo, checksum, out, plain);
      const error = await failure(checkout(repo, checksum, out, plain));
      expect(error).toMatchObject({ code: 'already-exists', message: 'mkdirat: File exists' });

      fs.rmSync(join(out, 'two'));
      write(out, { two: 'mine', extra: 'extra' });
      await checkout(repo, checksum, out, { ...plain, overwrite: 'add' });
      expect(fs.readFileSync(join(out, 'two'), 'utf8')).toBe('mine');
      const differs = await failure(checkout(repo, checksum, out, { ...plain, overwrite: 'identical' }));
      expect(differs).toMatchObject({ code: 'already-exists' });
      await checkout(repo, checksum, out, { ...plain, overwrite: 'union' });
      expect(fs.readFileSync(join(out, 'two'), 'utf8')).toBe('2');
      await checkout(repo, checksum, out, { ...plain, overwrite: 'identical' });
      expect(fs.readFileSync(join(out, 'extra'), 'utf8')).toBe('extra');
      expect(fs.readdirSync(out).sort()).toEqual(['a', 'extra', 'link', 'two']);
    });

    it('compares what is there with what it would link', async () => {
      const { repo, checksum } = await small(mode);
      const out = join(scratch(), 'out');
      const options = { userMode: mode !== 'bare', overwrite: 'identical' } as const;
      await checkout(repo, checksum, out, options);
      await checkout(repo, checksum, out, options);
      const { mode: bits } = fs.statSync(join(out, 'two'));
      fs.rmSync(join(out, 'two'));
      write(out, { two: '2' });
      fs.chmodSync(join(out, 'two'), bits);
      await checkout(repo, checksum, out, options);
      fs.writeFileSync(join(out, 'two'), '3');
      expect(await failure(checkout(repo, checksum, out, options))).toMatchObject({ code: 'already-exists' });
    });

    it('merges into an existing directory, but never follows a symlink or replaces a directory', async () => {
      const { repo, checksum } = await small(mode);
      const out = write(join(scratch(), 'out'), { 'two/': '', elsewhere: '' });
      await expect(checkout(repo, checksum, out, { ...plain, overwrite: 'union' })).rejects.toThrow('Is a directory');
      fs.rmSync(out, { recursive: true });
      write(out, { 'target/': '', a: '-> target' });
      await expect(checkout(repo, checksum, out, { ...plain, overwrite: 'union' })).rejects.toThrow('Not a directory');
      expect(fs.readdirSync(join(out, 'target'))).toEqual([]);
    });

    it('takes a subpath, a file, and skips paths', async () => {
      const { repo, checksum } = await small(mode);
      const dir = scratch();
      await checkout(repo, checksum, join(dir, 'sub'), { ...plain, subpath: '/a' });
      expect(fs.readdirSync(join(dir, 'sub'))).toEqual(['one']);
      await checkout(repo, checksum, join(dir, 'file'), { ...plain, subpath: '/two' });
      expect(fs.readdirSync(join(dir, 'file'))).toEqual(['two']);
      const error = await failure(checkout(repo, checksum, join(dir, 'x'), { ...plain, subpath: '/none' }));
      expect(error).toMatchObject({ code: 'not-found', message: 'No such file or directory: /none' });
      await checkout(repo, checksum, join(dir, 'x'), { ...plain, subpath: '/none', allowNoent: true });
      expect(fs.existsSync(join(dir, 'x'))).toBe(false);
      const skip = (path: string): boolean => path === '/a/' || path === '/link';
      await checkout(repo, checksum, join(dir, 'skipped'), { ...plain, skip });
      expect(fs.readdirSync(join(dir, 'skipped'))).toEqual(['two']);
    });

    it('says when it cannot hard-link', async () => {
      const { repo, checksum } = await small(mode);
      const dir = scratch();
      const user = !/^bare(-split-xattrs)?$/.test(mode);
      const run = checkout(repo, checksum, join(dir, 'out'), {
        userMode: user,
        requireHardlinks: true,
        useCache: false,
      });
      if (mode === 'archive' || mode === 'bare-split-xattrs') {
        expect(await failure(run)).toMatchObject({ code: 'unsupported' });
      } else {
        await run;
        expect(fs.lstatSync(join(dir, 'out/two')).nlink).toBeGreaterThan(1);
      }
    });

    it('carries whiteouts out', async () => {
      const repo = await freshRepo(mode);
      const layer = write(join(scratch(), 'layer'), { '.wh.gone': '', 'dir/.wh..wh..opq': '', 'dir/new': 'new' });
      const { checksum } = await commitDir(repo, layer);
      const out = write(join(scratch(), 'out'), { 'gone/deep': 'x', 'dir/old': 'old', kept: 'kept' });
      await checkout(repo, checksum, out, { ...plain, overwrite: 'union', processWhiteouts: true });
      expect(fs.readdirSync(out).sort()).toEqual(['dir', 'kept']);
      expect(fs.readdirSync(join(out, 'dir'))).toEqual(['new']);
    });

    it.runIf(isRoot)('makes overlayfs whiteouts', async () => {
      const repo = await freshRepo(mode);
      const layer = write(join(scratch(), 'layer'), { '.ostree-wh.gone': '' });
      const { checksum } = await commitDir(repo, layer);
      const out = join(scratch(), 'out');
      await checkout(repo, checksum, out, { processPassthroughWhiteouts: true });
      const stat = fs.lstatSync(join(out, 'gone'));
      expect([stat.isCharacterDevice(), stat.rdev]).toEqual([true, 0]);
      await checkout(repo, checksum, out, { processPassthroughWhiteouts: true, overwrite: 'union' });
    });

    it('stops when it is told to', async () => {
      const { repo, checksum } = await small(mode);
      const signal = AbortSignal.abort();
      const error = await failure(checkout(repo, checksum, join(scratch(), 'out'), { ...plain, signal }));
      expect(error.name).toBe('AbortError');
      expect((await failure(commitDir(repo, scratch(), { signal }))).name).toBe('AbortError');
      expect(repo.transaction).toBeNull();
    });
  });
});
