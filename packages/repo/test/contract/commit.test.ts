import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variant } from '@ost/gvariant';
import {
  canonicalPermissions,
  checkout,
  type CommitModifier,
  commitTree,
  composeFilters,
  initRepo,
  keepEverything,
  openRepo,
  readOnlyExecutables,
  setOwner,
  skipList,
  statOverride,
} from '@ost/repo';
import { leftovers, repoState } from '../support/listing.js';
import { ALL_MODES, assertSound, canonical, commitDir, freshRepo, TIME } from '../support/repos.js';
import { isRoot, scratch, write } from '../support/scratch.js';
import { fileOf, small } from '../support/small.js';
import { makeTree } from '../support/tree.js';

describe.each(ALL_MODES)('a repository of mode %s', (mode) => {
  describe('opening', () => {
    it('is made with the documented layout, and left alone by a second init', async () => {
      const path = join(scratch(), 'repo');
      const repo = await initRepo(path, { mode, collectionId: 'org.example.C' });
      expect(repo.mode).toBe(mode);
      expect(fs.readFileSync(join(path, 'config'), 'utf8')).toBe(
        `[core]\nrepo_version=1\nmode=${mode === 'archive' ? 'archive-z2' : mode}\ncollection-id=org.example.C\n`,
      );
      const names = ['config', 'extensions', 'objects', 'refs', 'state', 'tmp'];
      expect(fs.readdirSync(path).sort()).toEqual(names);
      expect(fs.readdirSync(join(path, 'refs')).sort()).toEqual(['heads', 'mirrors', 'remotes']);
      const again = await initRepo(path, { mode: 'archive' });
      expect(again.mode).toBe(mode);
      expect((await openRepo(path)).config.collectionId).toBe('org.example.C');
    });
  });

  describe('committing', () => {
    it('gives one tree one checksum, and writes nothing the second time', async () => {
      const tree = makeTree(join(scratch(), 'tree'), { large: true, many: 400 });
      const repo = await freshRepo(mode);
      const first = await commitDir(repo, tree, { parent: null });
      expect(first.stats.contentWritten).toBeGreaterThan(30);
      expect(first.stats.contentBytesWritten).toBeGreaterThan(8 << 20);
      const state = repoState(repo.path);
      const second = await commitDir(await openRepo(repo.path), tree, { parent: null });
      expect(second.checksum).toBe(first.checksum);
      expect(second.stats).toMatchObject({ contentWritten: 0, metadataWritten: 0 });
      expect(repoState(repo.path)).toEqual(state);
      expect(leftovers(repo.path)).toEqual([]);
      await assertSound(repo);
    });

    it('lays a directory over a ref', async () => {
      const { repo, dir } = await small(mode);
      const over = write(join(scratch(), 'over'), { two: 'new', 'a/three': '3' });
      const { checksum } = await commitTree(
        repo,
        [
          { type: 'ref', rev: 'main' },
          { type: 'dir', path: over },
        ],
        { branch: 'layered', timestamp: TIME },
      );
      expect(fileOf(repo, checksum, '/a/one').text).toBe('1');
      expect(fileOf(repo, checksum, '/a/three').text).toBe('3');
      expect(fileOf(repo, checksum, '/two').text).toBe('new');
      // The same as a directory that holds both.
      write(dir, { two: 'new', 'a/three': '3' });
      const flat = await commitDir(repo, dir, { branch: 'layered', subject: '', parent: null });
      expect(flat.checksum).toBe(checksum);
    });

    it('counts and sizes what it takes from a ref', async () => {
      const { repo, checksum } = await small(mode);
      const ref = [{ type: 'ref', rev: 'main' }] as const;
      const options = { branch: 'again', timestamp: TIME };
      const plain = await commitTree(repo, ref, options);
      // A bare-user-only repository filters whatever comes.
      if (mode !== 'bare-user-only') expect(plain.stats).toMatchObject({ metadataTotal: 1, contentTotal: 0 });
      const filtered = await commitTree(repo, ref, { ...options, modifier: canonical });
      expect(filtered.stats).toMatchObject({ metadataTotal: 5, contentTotal: 3, contentWritten: 0 });
      const sized = await commitTree(repo, ref, { ...options, generateSizes: true });
      expect(repo.loadCommit(sized.checksum).contents).toBe(repo.loadCommit(checksum).contents);
      const sizes = repo.loadCommit(sized.checksum).metadata.find(([key]) => key === 'ostree.sizes');
      if (mode !== 'archive') expect(sizes).toBeUndefined();
      else expect(sizes?.[1].value).toHaveLength(6);
    });

    it('binds an orphan to the branch that it is made for', async () => {
      const { repo, dir } = await small(mode);
      const { checksum } = await commitDir(repo, dir, { orphan: true, bindRefs: ['more'] });
      const { parent, metadata } = repo.loadCommit(checksum);
      expect(parent).toBeNull();
      expect(metadata).toEqual([['ostree.ref-binding', variant('as', ['main', 'more'])]]);
    });

    it('keeps the parent, the message, the metadata, and does nothing for an unchanged tree on request', async () => {
      const { repo, dir, checksum } = await small(mode);
      const child = await commitDir(repo, dir, {
        subject: 'subject',
        body: 'body',
        metadata: [['k', variant('u', 7)]],
      });
      const commit = repo.loadCommit(child.checksum);
      expect(commit).toMatchObject({ parent: checksum, subject: 'subject', body: 'body', timestamp: TIME });
      expect(commit.metadata.map(([key]) => key)).toEqual(['k', 'ostree.ref-binding']);
      const same = await commitDir(repo, dir, { skipIfUnchanged: true });
      expect(same).toMatchObject({ changed: false, checksum: child.checksum });
      const kept = await commitDir(repo, dir, { keepMetadata: ['k'] });
      expect(repo.loadCommit(kept.checksum).metadata[0]).toEqual(['k', variant('u', 7)]);
      const orphan = await commitDir(repo, dir, { branch: null });
      expect(repo.loadCommit(orphan.checksum).parent).toBeNull();
    });

    it('deletes its source while it consumes it', async () => {
      const { repo, dir, checksum } = await small(mode);
      fs.cpSync(dir, `${dir}-kept`, { recursive: true, verbatimSymlinks: true });
      const consumed = await commitDir(repo, dir, { parent: null, consume: true });
      expect(consumed.checksum).toBe(checksum);
      expect(fs.existsSync(dir)).toBe(false);
      write(`${dir}-kept`, { fresh: 'fresh' });
      const { checksum: fresh } = await commitDir(repo, `${dir}-kept`, { parent: null, consume: true });
      expect(fileOf(repo, fresh, '/fresh').text).toBe('fresh');
      await assertSound(repo);
    });

    // A checkout from bare-split-xattrs has copies only.
    it.runIf(mode !== 'bare-split-xattrs')('recognises what it has checked out by its inode', async () => {
      const { repo, checksum } = await small(mode);
      const out = join(scratch(), 'out');
      await checkout(repo, checksum, out, { userMode: mode !== 'bare' });
      const again = await commitDir(repo, out, { parent: null, linkCheckoutSpeedup: true, devinoCanonical: true });
      expect(again.stats.cacheHits).toBeGreaterThan(0);
      expect(repo.loadCommit(again.checksum).contents).toBe(repo.loadCommit(checksum).contents);
    });
  });

  const only = mode === 'bare-user-only';
  const filtered = (filter: CommitModifier['filter']): CommitModifier => ({ ...keepEverything, filter });

  describe('modifying', () => {
    it.runIf(mode !== 'bare' || isRoot)('changes the owner', async () => {
      const { repo, dir } = await small(mode);
      await commitDir(repo, dir, { modifier: filtered(setOwner(42, 43)) });
      expect(fileOf(repo, 'main', '/two').uid).toBe(only ? 0 : 42);
    });

    it('leaves listed paths out and reports those that never came', async () => {
      const { repo, dir } = await small(mode);
      const list = skipList('/a\n/absent\n');
      await commitDir(repo, dir, { modifier: filtered(list.filter) });
      expect(repo.loadDirTree(repo.loadCommit(repo.resolve('main')).contents).dirs).toEqual([]);
      expect(list.unmatched()).toEqual(['/absent']);
    });

    it('overrides modes', async () => {
      const { repo, dir } = await small(mode);
      fs.chmodSync(join(dir, 'two'), 0o644);
      const list = statOverride(`=384 /a/one\n2121 /two\n5 /absent\n`);
      await commitDir(repo, dir, { modifier: filtered(list.filter) });
      expect(fileOf(repo, 'main', '/a/one').mode).toBe(0o600);
      expect(fileOf(repo, 'main', '/two').mode).toBe(only ? 0o755 : 0o4755);
      expect(list.unmatched()).toEqual(['/absent']);
    });

    it('canonicalizes permissions and protects executables', async () => {
      const { repo, dir } = await small(mode);
      fs.chmodSync(join(dir, 'two'), 0o4777);
      await commitDir(repo, dir, { modifier: canonical });
      expect(fileOf(repo, 'main', '/two')).toMatchObject({ mode: 0o755, uid: 0 });
      await commitDir(repo, dir, { modifier: filtered(composeFilters([canonicalPermissions, readOnlyExecutables])) });
      expect(fileOf(repo, 'main', '/two').mode).toBe(0o555);
    });

    it('adds labels and drops xattrs', async () => {
      const { repo, dir } = await small(mode);
      const name = new TextEncoder().encode('user.label\0').subarray(0, -1);
      const label = (path: string): { name: Uint8Array; value: Uint8Array } | null =>
        path === '/two' ? { name, value: Uint8Array.of(1) } : null;
      await commitDir(repo, dir, { modifier: { ...keepEverything, noXattrs: true, label } });
      expect(fileOf(repo, 'main', '/two').xattrs).toBe(only ? 0 : 1);
      expect(fileOf(repo, 'main', '/a/one').xattrs).toBe(0);
      await assertSound(repo);
    });
  });
});
