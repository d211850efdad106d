import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { listLooseObjects, openRepo, prune, type Repo } from '@ost/repo';
import { damagedCopies } from './support/damage.js';
import { assertSound, canonical, commitDir, freshRepo } from './support/repos.js';
import { scratch, settle, write } from './support/scratch.js';

const MEMORY = 'tmp/cache/ost-objects';
/** As many as make it worth remembering them. */
const FILES = 4200;

const objects = (repo: Repo): string[] => [...listLooseObjects(repo.path)].map(({ path }) => path).sort();

/** What a prune without a memory would do. */
async function afresh(repo: Repo): Promise<{ total: number; pruned: number; freed: number }> {
  const memory = join(repo.path, MEMORY);
  const kept = fs.readFileSync(memory);
  fs.rmSync(memory);
  const { total, pruned, freed } = await prune(await openRepo(repo.path), { refsOnly: true, noPrune: true });
  fs.writeFileSync(memory, kept);
  return { total, pruned, freed };
}

describe('what a prune remembers of the directories of objects', () => {
  let repo: Repo;
  let tree: string;

  beforeEach(async () => {
    repo = await freshRepo('archive');
    tree = join(scratch(), 'tree');
    const files = Array.from({ length: FILES }, (_, i) => [`d${i % 40}/f${i}`, `content ${i}`] as const);
    write(tree, Object.fromEntries(files));
    await commitDir(repo, tree, { branch: 'main', modifier: canonical });
    await settle();
    await prune(repo, { refsOnly: true });
  });

  it('finds what has come since, and what has gone', async () => {
    expect(fs.existsSync(join(repo.path, MEMORY))).toBe(true);
    write(tree, { 'd1/new': 'new', 'd2/f2': 'changed' });
    await commitDir(repo, tree, { branch: 'main', parent: null, modifier: canonical });
    const expected = await afresh(repo);
    expect(expected.pruned).toBeGreaterThan(3);
    expect(await prune(repo, { refsOnly: true })).toMatchObject(expected);
    await assertSound(repo);
    await settle();
    const rest = await afresh(repo);
    expect(rest).toMatchObject({ total: expected.total - expected.pruned, pruned: 0 });
    expect(await prune(repo, { refsOnly: true })).toMatchObject(rest);
  });

  it('does not hide what others delete', async () => {
    const gone = objects(repo).filter((path) => path.endsWith('.filez'))[7] as string;
    fs.unlinkSync(gone);
    expect(await prune(repo, { refsOnly: true })).toMatchObject(await afresh(repo));
    expect(objects(repo)).not.toContain(gone);
  });

  it('is not believed when it is damaged', async () => {
    const expected = await afresh(repo);
    const memory = join(repo.path, MEMORY);
    for (const damaged of damagedCopies(fs.readFileSync(memory))) {
      fs.writeFileSync(memory, damaged);
      expect(await prune(repo, { refsOnly: true })).toMatchObject(expected);
    }
  });
});
