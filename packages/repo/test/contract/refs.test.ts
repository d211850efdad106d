import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prune } from '@ost/repo';
import { leftovers, repoState } from '../support/listing.js';
import { ALL_MODES, assertSound, commitDir } from '../support/repos.js';
import { failure, write } from '../support/scratch.js';
import { small } from '../support/small.js';

describe.each(ALL_MODES)('a repository of mode %s', (mode) => {
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

    it('do not lead out of their directory', async () => {
      const { repo, checksum } = await small(mode);
      const state = repoState(repo.path);
      for (const [location, message] of [
        [{ name: '../../x' }, 'Invalid ref name ../../x'],
        [{ name: 'main^' }, 'Invalid ref name main^'],
        [{ name: 'x', remote: '../..' }, 'Invalid refspec ../..:x'],
        [{ name: 'x', remote: 'a/b' }, 'Invalid refspec a/b:x'],
        [{ name: 'x', collection: '../..' }, 'Invalid collection ID ../..'],
      ] as const) {
        const refused = { code: 'invalid-name', message };
        expect(await failure(repo.setRef(location, checksum))).toMatchObject(refused);
        expect(await failure(repo.setRef(location, null))).toMatchObject(refused);
        const transaction = repo.withTransaction(async (open) => open.setRef(location, checksum));
        expect(await failure(transaction)).toMatchObject(refused);
      }
      expect(repoState(repo.path)).toEqual(state);
    });

    it('that are damaged are named, and can be deleted', async () => {
      const { repo, checksum } = await small(mode);
      fs.writeFileSync(join(repo.path, 'refs/heads/empty'), '');
      const named = { code: 'invalid-argument', message: 'refs/heads/empty: Invalid rev ' };
      expect(await failure(Promise.resolve().then(() => repo.listRefs()))).toMatchObject(named);
      expect(await failure(prune(repo, { refsOnly: true }))).toMatchObject(named);
      expect(repo.listRefNames().map(({ name }) => name)).toEqual(['empty', 'main']);
      await repo.setRef({ name: 'empty' }, null);
      expect(repo.listRefs()).toEqual([{ remote: null, name: 'main', checksum, alias: null }]);
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
});
