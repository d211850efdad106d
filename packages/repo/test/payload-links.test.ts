import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reflink } from '@ost/linux';
import { initRepo, listLooseObjects, openRepo, type Repo } from '@ost/repo';
import { assertSound, commitDir } from './support/repos.js';
import { isRoot, write } from './support/scratch.js';
import { noise } from './support/tree.js';

// Not in memory: only a file system that clones makes links, and where TMPDIR leads to one they are tested.
const dir = fs.mkdtempSync(join(tmpdir(), 'ost-repo-payload-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

function clones(): boolean {
  fs.writeFileSync(join(dir, 'probe'), 'probe');
  const [source, copy] = [fs.openSync(join(dir, 'probe'), 'r'), fs.openSync(join(dir, 'copy'), 'w')];
  try {
    return reflink(source, copy);
  } finally {
    fs.closeSync(source);
    fs.closeSync(copy);
  }
}

let count = 0;

async function repoWith(mode: string, threshold: string): Promise<Repo> {
  const path = join(dir, `repo-${count++}`);
  const repo = await initRepo(path, { mode });
  const file = repo.readConfig();
  file.set('core', 'payload-link-threshold', threshold);
  file.set('core', 'fsync', 'false');
  repo.saveConfig(file);
  return openRepo(path);
}

/** Two files that differ in their mode alone, small and streamed, and one that is below the threshold. */
function tree(): string {
  const root = join(dir, `tree-${count++}`);
  const [some, much] = [noise(5000), noise(8 * 2 ** 20 + 1, 2)];
  write(root, { a: some, b: some, large: much, 'large-too': much, small: 'small' });
  for (const name of ['b', 'large-too']) fs.chmodSync(join(root, name), 0o755);
  return root;
}

const links = (repo: Repo): string[] =>
  [...listLooseObjects(repo.path)].filter((o) => o.type === 'payload-link').map((o) => o.path);

describe.skipIf(!clones()).each(['bare-user', ...(isRoot ? ['bare'] : [])])('payload links in %s', (mode) => {
  it('lead from each content to one of its objects, and are mended when they dangle', async () => {
    const repo = await repoWith(mode, '1000');
    await commitDir(repo, tree());
    const made = links(repo);
    expect(made).toHaveLength(2);
    expect(made.map((path) => fs.statSync(path).size).sort((a, b) => a - b)).toEqual([5000, 8 * 2 ** 20 + 1]);
    await assertSound(repo);
    for (const path of made) {
      fs.rmSync(path);
      fs.symlinkSync('../00/gone.file', path);
    }
    const other = tree();
    for (const name of ['a', 'large']) fs.chmodSync(join(other, name), 0o640);
    await commitDir(repo, other);
    expect(links(repo).sort()).toEqual(made.sort());
    for (const path of made) expect(fs.existsSync(path)).toBe(true);
    await assertSound(repo);
  });
});

it.each(['archive', 'bare-user-only'])('%s has none', async (mode) => {
  const repo = await repoWith(mode, '1000');
  await commitDir(repo, tree());
  expect(links(repo)).toEqual([]);
});

it.each(['-1', '20000000'])('a threshold of %s makes none', async (threshold) => {
  const repo = await repoWith('bare-user', threshold);
  await commitDir(repo, tree());
  expect(links(repo)).toEqual([]);
});
