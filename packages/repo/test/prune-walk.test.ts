import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Checksum } from '@ost/objects';
import { openRepo, prune, type PruneOptions, pullLocal, type Repo } from '@ost/repo';
import { assertSound, canonical, commitDir, freshRepo, objects } from './support/repos.js';
import { failure, keptScratch, scratch, settle, write } from './support/scratch.js';

const LISTING = 'tmp/cache/ost-objects';
const TREES = 'tmp/cache/ost-dirtrees';
/** As many as make it worth remembering them. */
const FILES = 4200;
/** As many files as make it worth remembering these, too. */
function many(content = 'new'): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`many/f${i}`, `${content} ${i}`]));
}

/** The same repository elsewhere; its files are links. */
function copyOf(path: string): Promise<Repo> {
  const copy = join(scratch(), 'copy');
  spawnSync('cp', ['-al', path, copy]);
  return openRepo(copy);
}

/** The same without what prunes remember. */
async function forgetful({ path }: Repo): Promise<Repo> {
  const copy = await copyOf(path);
  for (const memory of [LISTING, TREES]) fs.rmSync(join(copy.path, memory), { force: true });
  return copy;
}

/** Commits files given as `{path: content}`; with `null` without a parent. */
async function commitFiles(
  repo: Repo,
  branch: string,
  files: Record<string, string>,
  parent?: null,
): Promise<Checksum> {
  const tree = write(join(scratch(), 'tree'), files);
  const options = { branch, modifier: canonical, ...(parent === null ? { parent } : {}) };
  return (await commitDir(repo, tree, options)).checksum;
}

describe('a prune of what was walked before', () => {
  const kept = keptScratch();
  let original: string;
  let base: Checksum;
  let repo: Repo;

  beforeAll(async () => {
    const made = await freshRepo('archive');
    const files = Array.from({ length: FILES }, (_, i) => [`d${i % 40}/f${i}`, `content ${i}`] as const);
    const tree = write(join(scratch(), 'tree'), Object.fromEntries(files));
    base = (await commitDir(made, tree, { branch: 'base', modifier: canonical })).checksum;
    original = join(kept, 'repo');
    fs.renameSync(made.path, original);
  });

  afterAll(() => fs.rmSync(kept, { recursive: true }));

  beforeEach(async () => {
    repo = await copyOf(original);
    await remember();
  });

  /** Walks everything that refs keep, and remembers that. */
  async function remember(): Promise<void> {
    await prune(repo, { refsOnly: true });
    fs.rmSync(join(repo.path, LISTING), { force: true });
    await settle();
    await prune(repo, { refsOnly: true });
  }

  it('looks at what has come, and at nothing else', async () => {
    const { dirs } = repo.loadDirTree(repo.loadCommit(base).contents);
    const path = repo.store.path('dirtree', dirs[7]?.contents as Checksum);
    const good = fs.readFileSync(path);
    fs.unlinkSync(path);
    fs.writeFileSync(path, good);
    await remember();
    // Only who reads it can notice this.
    fs.writeFileSync(path, 'no directory');
    fs.rmSync(join(repo.path, TREES));
    await commitFiles(repo, 'other', { 'sub/a': '1', b: '2' });
    const wanted = objects(repo);
    const dropped = await commitFiles(repo, 'dropped', { 'sub/a': '1', c: '3' });
    await repo.setRef({ name: 'dropped' }, null);
    const result = await prune(repo, { refsOnly: true });
    expect(result).toMatchObject({ total: wanted.length + result.pruned });
    expect(objects(repo)).toEqual(wanted);
    expect(repo.hasObject('commit', dropped)).toBe(false);
    fs.rmSync(join(repo.path, LISTING));
    expect((await failure(prune(repo, { refsOnly: true }))).code).toBe('not-normal');
    fs.writeFileSync(path, good);
    await assertSound(repo);
  });

  it('remembers what has come once it is much, and then looks at that no more', async () => {
    const commit = await commitFiles(repo, 'other', many());
    await settle();
    const before = fs.readFileSync(join(repo.path, LISTING));
    expect(await prune(repo, { refsOnly: true, depth: -1 })).toMatchObject({ pruned: 0 });
    expect(fs.readFileSync(join(repo.path, LISTING)).equals(before)).toBe(false);
    const path = repo.store.path('dirtree', repo.loadCommit(commit).contents);
    const good = fs.readFileSync(path);
    // Only who reads it can notice this; the directory of objects stays as it is.
    fs.writeFileSync(path, 'no directory');
    const wanted = objects(repo);
    expect(await prune(repo, { refsOnly: true })).toMatchObject({ pruned: 0, total: wanted.length });
    fs.writeFileSync(path, good);
    await repo.setRef({ name: 'other' }, null);
    // The commit, two directories, and the files.
    expect(await prune(repo, { refsOnly: true })).toMatchObject({ pruned: 63 });
    await assertSound(repo);
  });

  it('finds out what is lost', async () => {
    const { dirs } = repo.loadDirTree(repo.loadCommit(base).contents);
    const lost = dirs[3]?.contents as Checksum;
    fs.unlinkSync(repo.store.path('dirtree', lost));
    expect((await failure(prune(repo, { refsOnly: true }))).message).toBe(`No such metadata object ${lost}.dirtree`);
  });

  it('prunes parents when fewer are asked for', async () => {
    const first = await commitFiles(repo, 'main', { a: 'first' });
    await commitFiles(repo, 'main', { a: 'second' });
    await remember();
    expect(await prune(repo, { refsOnly: true, depth: 1 })).toMatchObject({ pruned: 0 });
    // The commit, its directory, and its file.
    expect(await prune(repo, { refsOnly: true, depth: 0 })).toMatchObject({ pruned: 3 });
    expect(repo.hasObject('commit', first)).toBe(false);
    await assertSound(repo);
  });

  it.each([
    ['all was walked', () => remember()],
    ['they were missed as new ones', () => prune(repo, { refsOnly: true })],
    [
      'all was walked, and more has come',
      async () => {
        await remember();
        await commitFiles(repo, 'other', many('more'));
        await settle();
        await prune(repo, { refsOnly: true });
      },
    ],
  ])('keeps what parents bring that were not there when %s', async (_, look) => {
    const source = await freshRepo('archive');
    const first = await commitFiles(source, 'main', { a: 'first' });
    await commitFiles(source, 'main', many());
    await pullLocal(repo, source, { refs: ['main'], depth: 0 });
    await settle();
    await look();
    await pullLocal(repo, source, { refs: ['main'], depth: -1 });
    expect(repo.hasObject('commit', first)).toBe(true);
    expect(await prune(repo, { refsOnly: true })).toMatchObject({ pruned: 0 });
    await assertSound(repo);
  });

  it('does not remember as kept what it only counts', async () => {
    await commitFiles(repo, 'other', many());
    await commitFiles(repo, 'dropped', { a: 'dropped' });
    await repo.setRef({ name: 'dropped' }, null);
    await settle();
    for (const noPrune of [true, true, false]) {
      expect(await prune(repo, { refsOnly: true, noPrune })).toMatchObject({ pruned: 3 });
    }
    await assertSound(repo);
  });

  it('does not remember what comes while it looks', async () => {
    await commitFiles(repo, 'other', many());
    await settle();
    const late = repo.store.path('file', 'ab'.repeat(32) as Checksum);
    const { signal } = new AbortController();
    // Asked for between two commits that are new.
    signal.throwIfAborted = () => fs.writeFileSync(late, '');
    expect(await prune(repo, { refsOnly: true, signal })).toMatchObject({ pruned: 0 });
    expect(fs.existsSync(late)).toBe(true);
    await settle();
    expect(await prune(repo, { refsOnly: true })).toMatchObject({ pruned: 1 });
    expect(fs.existsSync(late)).toBe(false);
  });

  it.each([
    ['all was walked', () => remember()],
    ['it was new', () => prune(repo, { refsOnly: true })],
  ])('keeps what completes a partial commit when %s', async (_, look) => {
    const source = await freshRepo('archive');
    const commit = await commitFiles(source, 'main', { ...many(), a: 'a' });
    await pullLocal(repo, source, { refs: ['main'] });
    const { files, dirs } = repo.loadDirTree(repo.loadCommit(commit).contents);
    const below = repo.loadDirTree(dirs[0]?.contents as Checksum).files;
    const completions: (() => void)[] = [];
    for (const { checksum } of [...files, ...below.slice(0, 3)]) {
      const object = repo.store.path('file', checksum);
      const bytes = fs.readFileSync(object);
      fs.unlinkSync(object);
      completions.push(() => fs.writeFileSync(object, bytes));
    }
    repo.markPartial(commit);
    await settle();
    await look();
    for (const complete of completions) complete();
    repo.clearPartial(commit);
    expect(await prune(repo, { refsOnly: true })).toMatchObject({ pruned: 0 });
    await assertSound(repo);
  });

  const branch = fc.constantFrom('r0', 'r1');
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('commit' as const),
      branch,
      files: fc.nat(5),
      rootless: fc.boolean(),
      large: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('drop' as const), branch }),
    fc.record({ kind: fc.constant('back' as const), branch }),
    fc.record({ kind: fc.constant('base' as const), branch }),
  );
  const options: fc.Arbitrary<PruneOptions> = fc.constantFrom<PruneOptions[]>(
    { refsOnly: true },
    { refsOnly: true },
    { refsOnly: true, depth: 0 },
    { refsOnly: true, depth: 1 },
    {},
    { retainBranchDepth: new Map([['r0', 1]]) },
    { onlyBranches: ['base'], depth: 0 },
    { refsOnly: true, noPrune: true },
  );

  it('prunes what any other would, whatever happens in between', async () => {
    const run = fc.tuple(fc.array(step, { maxLength: 3 }), options, fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 2, maxLength: 4 }), async (runs) => {
        repo = await copyOf(original);
        await remember();
        for (const [steps, how, again] of runs) {
          for (const one of steps) await take(repo, one, base);
          const copy = await forgetful(repo);
          const expected = await prune(copy, how);
          expect(await prune(repo, how)).toEqual(expected);
          expect(objects(repo)).toEqual(objects(copy));
          fs.rmSync(copy.path, { recursive: true });
          if (again) await remember();
        }
        await assertSound(repo);
        fs.rmSync(repo.path, { recursive: true });
      }),
      { numRuns: 12 },
    );
  });
});

type Step =
  | {
      readonly kind: 'commit';
      readonly branch: string;
      readonly files: number;
      readonly rootless: boolean;
      /** So many files that they are remembered soon. */
      readonly large: boolean;
    }
  | { readonly kind: 'drop' | 'back' | 'base'; readonly branch: string };

/** What may happen to a repository between two prunes. */
async function take(repo: Repo, step: Step, base: Checksum): Promise<void> {
  const { branch } = step;
  if (step.kind === 'commit') {
    const { files, rootless, large } = step;
    const tree = {
      ...(large ? many(`${branch} ${files}`) : {}),
      [`sub${files % 2}/x`]: `${files}`,
      [`y${files % 3}`]: branch,
      'd/f': `${files % 4}`,
    };
    await commitFiles(repo, branch, tree, rootless ? null : undefined);
  } else if (step.kind === 'base') await repo.setRef({ name: branch }, base);
  else {
    const tip = repo.resolveIfPresent(branch);
    const parent = tip !== null && repo.hasObject('commit', tip) ? repo.loadCommit(tip).parent : null;
    const target = step.kind === 'drop' || parent === null || !repo.hasObject('commit', parent) ? null : parent;
    if (tip !== null) await repo.setRef({ name: branch }, target);
  }
}
