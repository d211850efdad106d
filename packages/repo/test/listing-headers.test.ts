import * as fs from 'node:fs';
import { join } from 'node:path';
import { loosePath, type Checksum } from '@ost/objects';
import { lookupPath, openRepo, type Repo, TreeLister } from '@ost/repo';
import { beforeEach, describe, expect, it } from 'vitest';
import { damagedCopies } from './support/damage.js';
import { diskFull, readOnly, refused, runFailing } from './support/failing-system.js';
import { canonical, commitDir, freshRepo } from './support/repos.js';
import { scratch, settle, write } from './support/scratch.js';

const MEMORY = 'tmp/cache/ost-headers';
/** As many as make it worth remembering them. */
const FILES = 1200;

/** Every file of the branch by its path, as mode, size and target. */
async function list(path: string, remember: boolean): Promise<string[]> {
  const repo = await openRepo(path);
  const lister = new TreeLister(repo, { remember });
  const rows: string[] = [];
  const walk = (contents: Checksum, at: string): void => {
    const { files, dirs } = lister.directory(contents);
    for (const { name, header, size } of files) {
      rows.push(`${at}/${name} ${header.mode.toString(8)} ${size} ${header.symlinkTarget}`);
    }
    for (const dir of dirs) walk(dir.contents, `${at}/${dir.name}`);
  };
  walk(repo.loadCommit(repo.resolve('main')).contents, '');
  lister.close();
  return rows;
}

/** Where the object of a file of the branch lies. */
function objectOf(repo: Repo, path: string): string {
  const entry = lookupPath(repo, repo.loadCommit(repo.resolve('main')), path);
  if (entry?.type !== 'file') throw new Error(`no file ${path}`);
  return join(repo.path, 'objects', loosePath(entry.checksum, 'file', 'archive'));
}

describe('what a listing of an archive remembers', () => {
  let repo: Repo;
  let tree: string;
  const remembering = (): Promise<string[]> => list(repo.path, true);
  const afresh = (): Promise<string[]> => list(repo.path, false);

  beforeEach(async () => {
    repo = await freshRepo('archive');
    tree = join(scratch(), 'tree');
    const files = Array.from({ length: FILES }, (_, i) => [`d${i % 40}/f${i}`, `content ${i}`] as const);
    write(tree, { ...Object.fromEntries(files), 'd3/link': '-> f3' });
    await commitDir(repo, tree, { branch: 'main', modifier: canonical });
    await settle();
    expect(await remembering()).toEqual(await afresh());
  });

  it('saves opening the objects again', async () => {
    // In place, which nobody does: a listing that opened it would fail.
    fs.writeFileSync(objectOf(repo, '/d7/f7'), 'damaged');
    await expect(afresh()).rejects.toMatchObject({ code: 'corrupt' });
    const rows = await remembering();
    expect(rows).toHaveLength(FILES + 1);
    expect(rows).toContain('/d7/f7 100644 9 ');
    expect(rows).toContain('/d3/link 120777 0 f3');
  });

  it('does not hide what is replaced or deleted', async () => {
    const object = objectOf(repo, '/d7/f7');
    fs.copyFileSync(objectOf(repo, '/d3/link'), `${object}.new`);
    fs.renameSync(`${object}.new`, object);
    expect(await remembering()).toEqual(await afresh());
    expect(await remembering()).toContain('/d7/f7 120777 0 f3');
    fs.unlinkSync(object);
    await expect(remembering()).rejects.toMatchObject({ code: 'not-found' });
  });

  it('does not hide a directory that is deleted', async () => {
    const { contents } = repo.loadCommit(repo.resolve('main'));
    fs.unlinkSync(join(repo.path, 'objects', loosePath(contents, 'dirtree', 'archive')));
    await expect(remembering()).rejects.toMatchObject({ code: 'not-found' });
  });

  it('finds what another commit changes', async () => {
    for (let round = 0; round < 5; round++) {
      write(tree, { [`d${round}/new`]: `new ${round}`, [`d${round}/f${round}`]: 'changed' });
      fs.rmSync(join(tree, `d${39 - round}`), { recursive: true });
      await commitDir(repo, tree, { branch: 'main', parent: null, modifier: canonical });
      if (round % 2 === 0) await settle();
      expect(await remembering()).toEqual(await afresh());
    }
  });

  it('is not believed when it is damaged', async () => {
    const expected = await afresh();
    const memory = join(repo.path, MEMORY);
    for (const damaged of damagedCopies(fs.readFileSync(memory))) {
      fs.writeFileSync(memory, damaged);
      expect(await remembering()).toEqual(expected);
    }
  });

  it.each([
    ['there is no room for', diskFull],
    ['a file system that became read-only does not take', readOnly],
    ['nobody may write', refused],
  ])('may be something that %s', async (_what, failure) => {
    const expected = await afresh();
    for (let at = 1; ; at++) {
      fs.rmSync(join(repo.path, MEMORY), { force: true });
      let rows: string[] = [];
      const outcome = await runFailing(at, failure, async () => (rows = await remembering()));
      expect(rows).toEqual(expected);
      if (outcome === 'over') return;
      expect(outcome).toBe('ignored');
    }
  });
});

describe('a listing that remembers nothing', () => {
  it('of a repository of hard links, which others may change', async () => {
    const repo = await freshRepo('bare-user');
    const files = Array.from({ length: FILES }, (_, i) => [`f${i}`, `content ${i}`] as const);
    const tree = write(join(scratch(), 'tree'), Object.fromEntries(files));
    await commitDir(repo, tree, { branch: 'main', modifier: canonical });
    expect(await list(repo.path, true)).toHaveLength(FILES);
    expect(fs.existsSync(join(repo.path, MEMORY))).toBe(false);
  });
});
