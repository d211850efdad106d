import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variant } from '@ost/gvariant';
import { type Checksum, encodeDetachedMetadata, parseDetachedMetadata } from '@ost/objects';
import {
  canonicalPermissions,
  checkout,
  type CommitModifier,
  commitTree,
  composeFilters,
  deleteCommitWithTombstone,
  fsck,
  initRepo,
  keepEverything,
  lookupPath,
  openRepo,
  prune,
  pullLocal,
  readOnlyExecutables,
  type Repo,
  setOwner,
  skipList,
  statOverride,
} from '@ost/repo';
import { leftovers, listing, repoState } from './support/listing.js';
import { assertSound, canonical, commitDir, freshRepo, MODES, TIME } from './support/repos.js';
import { failure, isRoot, scratch, write } from './support/scratch.js';
import { makeTree } from './support/tree.js';

/** What every repository mode must do, whatever it looks like on disk. */
export function repoContract(mode: string): void {
  describe(`a repository of mode ${mode}`, () => {
    opening(mode);
    committing(mode);
    modifying(mode);
    checkingOut(mode);
    refs(mode);
    transactions(mode);
    maintaining(mode);
    importing(mode);
  });
}

/** A repository with one commit of two small files on `main`. */
async function small(mode: string): Promise<{ repo: Repo; dir: string; checksum: Checksum }> {
  const repo = await freshRepo(mode);
  const dir = write(join(scratch(), 'small'), { 'a/one': '1', two: '2', link: '-> two' });
  const { checksum } = await commitDir(repo, dir);
  return { repo, dir, checksum };
}

function fileOf(repo: Repo, rev: string, path: string): { mode: number; uid: number; text: string; xattrs: number } {
  const entry = lookupPath(repo, repo.loadCommit(repo.resolve(rev)), path);
  if (entry?.type !== 'file') throw new Error(`no file ${path}`);
  const file = repo.loadFile(entry.checksum);
  const { mode, uid, xattrs } = file.header;
  return { mode: mode & 0o7777, uid, text: Buffer.from(file.read()).toString(), xattrs: xattrs.length };
}

function opening(mode: string): void {
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
}

function committing(mode: string): void {
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

    it('recognises what it has checked out by its inode', async () => {
      const { repo, checksum } = await small(mode);
      const out = join(scratch(), 'out');
      await checkout(repo, checksum, out, { userMode: mode !== 'bare' });
      const again = await commitDir(repo, out, { parent: null, linkCheckoutSpeedup: true, devinoCanonical: true });
      expect(again.stats.cacheHits).toBeGreaterThan(0);
      expect(repo.loadCommit(again.checksum).contents).toBe(repo.loadCommit(checksum).contents);
    });
  });
}

function modifying(mode: string): void {
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
}

function checkingOut(mode: string): void {
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
      const user = mode !== 'bare';
      const run = checkout(repo, checksum, join(dir, 'out'), {
        userMode: user,
        requireHardlinks: true,
        useCache: false,
      });
      if (mode === 'archive') {
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
}

function refs(mode: string): void {
  describe('refs', () => {
    it('move, list, alias, resolve and go away', async () => {
      const { repo, dir, checksum } = await small(mode);
      const { checksum: second } = await commitDir(repo, dir);
      await repo.setRef({ name: 'os/x86/stable' }, second);
      await repo.setRef({ remote: 'origin', name: 'main' }, checksum);
      await repo.setRef({ collection: 'org.example.C', name: 'main' }, checksum);
      await repo.createAlias('os/current', 'os/x86/stable');
      const names = (prefix?: string): string[] =>
        repo.listRefs(prefix).map((r) => `${r.remote === null ? '' : `${r.remote}:`}${r.name}`);
      expect(names()).toEqual(['main', 'os/current', 'os/x86/stable', 'origin:main']);
      expect(names('os')).toEqual(['os/current', 'os/x86/stable']);
      expect(names('origin:')).toEqual(['origin:main']);
      expect(repo.listRefs().find((r) => r.alias !== null)).toMatchObject({
        name: 'os/current',
        alias: 'os/x86/stable',
      });
      expect(repo.listMirrorRefs()).toEqual([{ collection: 'org.example.C', name: 'main', checksum }]);
      expect(repo.resolve('os/current')).toBe(second);
      expect(repo.resolve('main^')).toBe(checksum);
      expect(repo.resolve('origin:main')).toBe(checksum);
      expect(repo.resolve('origin/main')).toBe(checksum);
      expect(repo.resolve(second.slice(0, 12))).toBe(second);
      expect(repo.resolveIfPresent('absent')).toBeNull();
      expect(() => repo.resolve('absent')).toThrow("Refspec 'absent' not found");
      expect(() => repo.resolve('main^^')).toThrow(`Commit ${checksum} has no parent`);
      expect(() => repo.resolve('')).toThrow('not unique');
      expect(() => repo.resolve('bad ref')).toThrow('Invalid refspec bad ref');
      await repo.setRef({ name: 'os/current' }, null);
      await repo.setRef({ name: 'os/x86/stable' }, null);
      expect(names('os')).toEqual([]);
      // A directory of deleted refs gives way to a ref.
      await repo.setRef({ name: 'os' }, checksum);
      expect(repo.resolve('os')).toBe(checksum);
    });

    it('do not overlap', async () => {
      const { repo, dir, checksum } = await small(mode);
      await repo.setRef({ name: 'a/b' }, checksum);
      const state = repoState(repo.path);
      const under = await failure(repo.setRef({ name: 'a' }, checksum));
      expect(under).toMatchObject({ code: 'state', message: 'Conflict: b exists under a when attempting write' });
      const below = await failure(repo.setRef({ name: 'a/b/c' }, checksum));
      expect(below).toMatchObject({ code: 'state', message: 'openat(refs/heads/a/b/c): Not a directory' });
      expect((await failure(repo.setRef({ name: checksum }, checksum))).message).toContain('looks like a checksum');
      expect((await failure(repo.setRef({ name: '../a' }, checksum))).message).toBe('Invalid ref name ../a');
      expect(repoState(repo.path)).toEqual(state);
      await expect(commitDir(repo, dir, { branch: 'a' })).rejects.toThrow('Conflict');
      expect(repo.transaction).toBeNull();
    });
  });
}

function transactions(mode: string): void {
  describe('transactions', () => {
    it('show nothing before they end, and nothing at all when aborted', async () => {
      const { repo, checksum } = await small(mode);
      const state = repoState(repo.path);
      const transaction = await repo.begin({ fsync: true });
      expect(await failure(repo.begin())).toMatchObject({ code: 'state' });
      const staged = transaction.writer.writeFile(
        { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] },
        new TextEncoder().encode('staged'),
      );
      transaction.setRef({ name: 'main' }, null);
      transaction.setRef({ name: 'new' }, checksum);
      expect(repo.resolve('new')).toBe(checksum);
      expect(repo.resolveIfPresent('main')).toBeNull();
      expect(repo.hasObject('file', staged)).toBe(true);
      transaction.abort();
      expect(repoState(repo.path)).toEqual(state);
      expect(repo.resolveIfPresent('new')).toBeNull();
      await expect(transaction.commit()).rejects.toThrow('has ended');

      // What was staged is not written again.
      const next = await repo.begin({ fsync: true });
      expect(next.resumed).toBe(true);
      expect(next.writer.has('file', staged)).toBe(true);
      next.setRef({ name: 'new' }, checksum);
      await next.commit();
      expect(leftovers(repo.path)).toEqual([]);
      expect(repo.resolve('new')).toBe(checksum);
      expect(repo.hasObject('file', staged)).toBe(true);
    });

    it('end with their body', async () => {
      const { repo, checksum } = await small(mode);
      const failing = repo.withTransaction(async (transaction) => {
        transaction.setRef({ name: 'x' }, checksum);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(repo.resolveIfPresent('x')).toBeNull();
      await repo.withTransaction(async (transaction) => transaction.setRef({ name: 'x' }, checksum));
      expect(repo.resolve('x')).toBe(checksum);
    });

    it('stop a commit that its caller does not want', async () => {
      const { repo, dir, checksum } = await small(mode);
      write(dir, { more: 'more' });
      const beforeCommit = (): void => {
        throw new Error('unwanted');
      };
      await expect(commitDir(repo, dir, { beforeCommit })).rejects.toThrow('unwanted');
      expect(repo.resolve('main')).toBe(checksum);
      await commitDir(repo, dir);
      await assertSound(repo);
    });
  });
}

function maintaining(mode: string): void {
  describe('maintenance', () => {
    it('finds a missing object, marks the commit, and is content once it is back', async () => {
      const { repo, dir, checksum } = await small(mode);
      const entry = lookupPath(repo, repo.loadCommit(checksum), '/two');
      const object = (entry as { checksum: Checksum }).checksum;
      fs.rmSync(repo.store.path('file', object));
      const result = await fsck(repo);
      expect(result).toMatchObject({ corrupt: true, commits: 1, findings: [{ problem: 'missing', checksum: object }] });
      expect(repo.partialState(checksum)).toBe('fsck');
      expect(await fsck(repo)).toMatchObject({ corrupt: false, partial: 1, partialFromFsck: 1, commits: 0 });
      await commitDir(repo, dir, { parent: null });
      repo.clearPartial(checksum);
      expect(await fsck(repo)).toMatchObject({ corrupt: false, partial: 0, commits: 1 });
    });

    it('finds a corrupt object: stops, goes on, or deletes it', async () => {
      const { repo, checksum } = await small(mode);
      const entry = lookupPath(repo, repo.loadCommit(checksum), '/two') as { checksum: Checksum };
      const file = repo.store.path('file', entry.checksum);
      const bytes = fs.readFileSync(file);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
      fs.writeFileSync(file, bytes);
      const error = await failure(fsck(repo));
      expect(error).toMatchObject({ code: 'corrupt' });
      expect(error.message).toMatch(`In commits ${checksum}: fsck content object ${entry.checksum}: `);
      expect(await fsck(repo, { all: true })).toMatchObject({ findings: [{ problem: 'corrupt' }] });
      expect(repo.partialState(checksum)).toBe('complete');
      const events: string[] = [];
      await fsck(repo, { delete: true, onEvent: (event) => events.push(event.type) });
      expect(events).toEqual(expect.arrayContaining(['finding', 'marked-partial']));
      expect(fs.existsSync(file)).toBe(false);
    });

    it('prunes what no ref reaches, to the depth asked for', async () => {
      const { repo, dir, checksum: first } = await small(mode);
      write(dir, { two: 'changed' });
      const { checksum: second } = await commitDir(repo, dir);
      write(dir, { two: 'again' });
      const { checksum: third } = await commitDir(repo, dir);
      await repo.setRef({ name: 'old' }, second);
      const dry = await prune(repo, { refsOnly: true, depth: 0, noPrune: true });
      expect(dry).toMatchObject({ pruned: 3 });
      expect(repo.hasObject('commit', first)).toBe(true);
      expect(await prune(repo, { refsOnly: true, depth: 0 })).toEqual(dry);
      expect(repo.hasObject('commit', first)).toBe(false);
      await expect(deleteCommitWithTombstone(repo, third)).rejects.toThrow(`Commit '${third}' is referenced by 'main'`);
      await repo.setRef({ name: 'old' }, null);
      await deleteCommitWithTombstone(repo, second);
      expect(fs.existsSync(repo.store.path('tombstone-commit', second))).toBe(true);
      expect((await prune(repo)).pruned).toBeGreaterThan(0);
      expect((await prune(repo)).pruned).toBe(0);
      expect(repo.resolve('main')).toBe(third);
      await assertSound(repo);
    });

    it('prunes by age, branch and depth', async () => {
      const { repo, dir } = await small(mode);
      for (let i = 1; i <= 3; i++) {
        write(dir, { two: `${i}` });
        await commitDir(repo, dir, { timestamp: TIME + BigInt(i) });
        await commitDir(repo, dir, { branch: 'other', timestamp: TIME + BigInt(i) });
      }
      const commits = (rev: string): number => {
        let count = 0;
        for (let c: Checksum | null = repo.resolve(rev); c !== null && repo.hasObject('commit', c); count++)
          c = repo.loadCommit(c).parent;
        return count;
      };
      expect([commits('main'), commits('other')]).toEqual([4, 3]);
      await prune(repo, { onlyBranches: ['main'], depth: 2 });
      expect([commits('main'), commits('other')]).toEqual([3, 3]);
      await prune(repo, { keepYoungerThan: TIME + 2n });
      expect([commits('main'), commits('other')]).toEqual([2, 2]);
      await prune(repo, { retainBranchDepth: new Map([['main', 0 + 1]]), depth: 0 });
      expect([commits('main'), commits('other')]).toEqual([2, 1]);
      await assertSound(repo);
    });

    it('keeps detached metadata beside its commit', async () => {
      const { repo, dir, checksum } = await small(mode);
      expect(repo.readDetachedMetadata(checksum)).toBeNull();
      repo.writeDetachedMetadata(checksum, encodeDetachedMetadata([['a', variant('s', 'b')]]));
      const read = (c: Checksum): unknown => parseDetachedMetadata(repo.readDetachedMetadata(c) as Uint8Array);
      expect(read(checksum)).toEqual([['a', variant('s', 'b')]]);
      repo.writeDetachedMetadata(checksum, null);
      expect(repo.readDetachedMetadata(checksum)).toBeNull();
      const signed = await commitDir(repo, dir, {
        detachedMetadata: [['one', variant('u', 1)]],
        sign: async (bytes, detached) => [...detached, ['size', variant('u', bytes.length)]],
      });
      const size = repo.store.readMetadata('commit', signed.checksum).length;
      expect(read(signed.checksum)).toEqual([
        ['one', variant('u', 1)],
        ['size', variant('u', size)],
      ]);
    });
  });
}

function importing(mode: string): void {
  describe('importing', () => {
    it.each(MODES)('takes a canonical tree from and to %s', async (other) => {
      const tree = makeTree(join(scratch(), 'tree'), { plain: true, large: true });
      const source = await freshRepo(mode);
      const { checksum } = await commitDir(source, tree, { modifier: canonical });
      const target = await freshRepo(other);
      const result = await pullLocal(target, source);
      expect(result.refs).toEqual([{ name: 'main', checksum }]);
      expect(result.content).toBeGreaterThan(20);
      await assertSound(target);
      const again = await pullLocal(target, source, { untrusted: true });
      expect(again).toMatchObject({ content: 0, metadata: 0 });
      const [a, b] = [join(scratch(), 'a'), join(scratch(), 'b')];
      await checkout(source, checksum, a, { userMode: true });
      await checkout(target, checksum, b, { userMode: true });
      expect(listing(a, { owners: false })).toEqual(listing(b, { owners: false }));
    });

    it('takes parents, marks partial commits, and completes them', async () => {
      const { repo: source, dir, checksum: first } = await small(mode);
      write(dir, { two: 'changed' });
      const { checksum: second } = await commitDir(source, dir);
      const target = await freshRepo(mode);
      await pullLocal(target, source, { refs: [second], commitMetadataOnly: true });
      expect(target.partialState(second)).toBe('partial');
      expect(target.listRefs()).toEqual([]);
      expect(await fsck(target)).toMatchObject({ partial: 1, commits: 0, corrupt: false });
      // A partial source has nothing to give but its mark.
      const third = await freshRepo(mode);
      expect(await failure(pullLocal(third, target, { refs: [second] }))).toMatchObject({ code: 'not-found' });
      expect(third.partialState(second)).toBe('partial');
      await pullLocal(target, source, { refs: ['main'], remote: 'origin', depth: -1 });
      expect(target.partialState(second)).toBe('complete');
      expect(target.hasObject('commit', first)).toBe(true);
      expect(target.resolve('origin:main')).toBe(second);
      await assertSound(target);
    });

    it('refuses a commit that its verifier, its bindings or its checksum speak against', async () => {
      const { repo: source, checksum } = await small(mode);
      await source.setRef({ name: 'renamed' }, checksum);
      const target = await freshRepo(mode);
      const state = repoState(target.path);
      const bound = await failure(pullLocal(target, source, { refs: ['renamed'] }));
      expect(bound.message).toContain('renamed');
      const verifyCommit = async (): Promise<void> => {
        throw new Error('not trusted');
      };
      await expect(pullLocal(target, source, { refs: ['main'], verifyCommit })).rejects.toThrow('not trusted');
      expect(await failure(pullLocal(target, source, { refs: ['absent'] }))).toMatchObject({ code: 'not-found' });
      expect(repoState(target.path)).toEqual(state);

      const entry = lookupPath(source, source.loadCommit(checksum), '/two') as { checksum: Checksum };
      const file = source.store.path('file', entry.checksum);
      const bytes = fs.readFileSync(file);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
      fs.writeFileSync(file, bytes);
      const corrupt = await failure(pullLocal(target, source, { refs: ['main'], untrusted: true }));
      expect(corrupt).toMatchObject({ code: 'corrupt' });
      expect(corrupt.message).toMatch(`Importing ${entry.checksum}.file: `);
      expect(target.listRefs()).toEqual([]);
      expect(target.transaction).toBeNull();
    });

    it('looks things up in its parent, and writes only here', async () => {
      const { repo: parent, dir, checksum } = await small(mode);
      const state = repoState(parent.path);
      const child = await freshRepo(mode, { fsync: 'false', parent: parent.path });
      expect(child.parent?.path).toBe(parent.path);
      expect(child.resolve('main')).toBe(checksum);
      expect(child.listRefs()).toEqual([]);
      const out = join(scratch(), 'out');
      await checkout(child, checksum, out, { userMode: true });
      expect(fs.readFileSync(join(out, 'two'), 'utf8')).toBe('2');
      write(dir, { two: 'child' });
      const { checksum: own } = await commitDir(child, dir, { branch: 'own', parent: checksum });
      expect(parent.hasObject('commit', own)).toBe(false);
      expect(repoState(parent.path)).toEqual(state);
      await assertSound(child);
      expect((await prune(child, { refsOnly: true })).pruned).toBe(0);
    });
  });
}
