import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Checksum } from '@ost/objects';
import { commitTree, fsck, initRepo, lookupPath, openRepo, prune, pullLocal, type Repo } from '@ost/repo';
import { assertSound, commitDir, freshRepo } from './support/repos.js';
import { failure, isRoot, scratch, write } from './support/scratch.js';
import { makeTree } from './support/tree.js';

const MODE = 'bare-split-xattrs';

/** Object files of a type. */
function objects(repo: Repo, suffix: string): string[] {
  const found = fs.readdirSync(join(repo.path, 'objects'), { recursive: true, encoding: 'utf8' });
  return found.filter((name) => name.endsWith(suffix)).map((name) => join(repo.path, 'objects', name));
}

afterEach(() => vi.unstubAllEnvs());

describe.runIf(isRoot)('a repository of mode bare-split-xattrs', () => {
  it('shares attributes between files, and has none on them', async () => {
    const repo = await freshRepo(MODE);
    await commitDir(repo, makeTree(join(scratch(), 'tree')));
    const files = objects(repo, '.file');
    const links = objects(repo, '.file-xattrs-link');
    expect(links).toHaveLength(files.length);
    const empty = objects(repo, '.file-xattrs').find((path) => fs.statSync(path).size === 0) ?? '';
    expect(empty).toContain('e3/b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const names = links.filter((path) => fs.statSync(path).ino === fs.statSync(empty).ino);
    expect(names.length).toBeGreaterThan(10);
    expect(fs.statSync(empty)).toMatchObject({ nlink: names.length + 1, size: 0, mode: 0o100644 });
    await assertSound(repo);
  });

  it('is written to only where its configuration says so', async () => {
    const repo = await initRepo(join(scratch(), 'repo'), { mode: MODE });
    const dir = write(join(scratch(), 'tree'), { file: 'content' });
    const refused = { code: 'unsupported', message: 'Writing content object: Not allowed due to repo mode' };
    expect(await failure(commitDir(repo, dir))).toMatchObject(refused);
    const whole = await freshRepo(MODE);
    await commitDir(whole, dir);
    expect(await failure(pullLocal(repo, whole))).toMatchObject(refused);
    // The switch of libostree makes what it makes there.
    vi.stubEnv('OSTREE_EXP_WRITE_BARE_SPLIT_XATTRS', 'true');
    write(dir, { file: 'not marked as partial' });
    await commitDir(repo, dir);
    expect(objects(repo, '.file-xattrs-link')).toEqual([]);
    expect((await fsck(repo, { all: true })).findings).not.toEqual([]);
  });

  it('loses attributes with the last file that has them', async () => {
    const repo = await freshRepo(MODE);
    const tree = makeTree(join(scratch(), 'tree'));
    await commitDir(repo, tree);
    const before = objects(repo, '.file-xattrs').length;
    expect(before).toBeGreaterThan(1);
    await commitDir(repo, write(join(scratch(), 'plain'), { file: 'content' }), { parent: null });
    await prune(repo, { refsOnly: true, noPrune: true });
    expect(objects(repo, '.file-xattrs')).toHaveLength(before);
    await prune(repo, { refsOnly: true });
    expect([objects(repo, '.file'), objects(repo, '.file-xattrs-link')].map((names) => names.length)).toEqual([1, 1]);
    expect(objects(repo, '.file-xattrs')).toHaveLength(1);
    await assertSound(repo);
  });

  it('mends damaged attributes when the file comes again', async () => {
    const repo = await freshRepo(MODE);
    const dir = write(join(scratch(), 'tree'), { file: 'content' });
    const { checksum } = await commitDir(repo, dir);
    const { checksum: file } = lookupPath(repo, repo.loadCommit(checksum), '/file') as { checksum: Checksum };
    fs.writeFileSync(repo.store.path('file-xattrs-link', file), 'damaged');
    expect((await fsck(repo, { delete: true })).corrupt).toBe(true);
    await commitTree(await openRepo(repo.path), [{ type: 'dir', path: dir }], { branch: 'main', parent: null });
    await assertSound(await openRepo(repo.path));
  });

  it('gives contents away and takes them by hard links', async () => {
    const source = await freshRepo(MODE);
    await commitDir(source, makeTree(join(scratch(), 'tree')));
    const target = await freshRepo(MODE);
    await pullLocal(target, source, { untrusted: true });
    for (const file of objects(target, '.file')) expect(fs.lstatSync(file).nlink).toBe(2);
    await assertSound(target);
  });
});
