import { describe, expect, it } from 'vitest';
import { commitTree, setOwner, skipList, tarPathnameFilter } from '@ost/repo';
import { assertSound, freshRepo, MODES } from '../support/repos.js';
import { failure } from '../support/scratch.js';
import { inPieces, member, tar } from '../support/tar.js';
import { commitTar, HELLO, ROOT, tree, treeOf } from '../support/tar-commits.js';

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
