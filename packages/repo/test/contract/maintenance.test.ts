import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { variant } from '@ost/gvariant';
import { type Checksum, encodeDetachedMetadata, parseDetachedMetadata } from '@ost/objects';
import { deleteCommitWithTombstone, fsck, lookupPath, prune } from '@ost/repo';
import { ALL_MODES, assertSound, commitDir, TIME } from '../support/repos.js';
import { failure, write } from '../support/scratch.js';
import { small } from '../support/small.js';

describe.each(ALL_MODES)('a repository of mode %s', (mode) => {
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
});
