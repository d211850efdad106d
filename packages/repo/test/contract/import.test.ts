import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checksum } from '@ost/objects';
import { checkout, fsck, lookupPath, prune, pullLocal } from '@ost/repo';
import { listing, repoState } from '../support/listing.js';
import { ALL_MODES, assertSound, canonical, commitDir, freshRepo } from '../support/repos.js';
import { failure, scratch, write } from '../support/scratch.js';
import { small } from '../support/small.js';
import { makeTree } from '../support/tree.js';

describe.each(ALL_MODES)('a repository of mode %s', (mode) => {
  describe('importing', () => {
    it.each(ALL_MODES)('takes a canonical tree from and to %s', async (other) => {
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
      const outside = await failure(pullLocal(target, source, { refs: ['main'], remote: '../../x' }));
      expect(outside).toMatchObject({ code: 'invalid-name', message: 'Invalid refspec ../../x:main' });
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
});
