import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Checksum,
  deltaIndexPath,
  deltaPath,
  encodeCommit,
  encodeDirMeta,
  parseDetachedMetadata,
} from '@ost/objects';
import {
  fsck,
  listLooseObjects,
  nodeHash,
  ObjectMarks,
  ObjectTable,
  openRepo,
  pathUsage,
  prune,
  pullLocal,
  refUsage,
  reindexDeltas,
  type Repo,
  TreeWalker,
  updateSummary,
} from '@ost/repo';
import { canonical, commitDir, freshRepo, objects } from './support/repos.js';
import { failure, scratch, write } from './support/scratch.js';

const MEMORY = 'tmp/cache/ost-dirtrees';

/** Commits files given as `{path: content}`. Branches need names that are no hexadecimal digits, which could be commits. */
async function commitFiles(repo: Repo, branch: string, files: Record<string, string>, time = 1n): Promise<Checksum> {
  const tree = write(join(scratch(), 'tree'), files);
  return (await commitDir(repo, tree, { branch, timestamp: time, modifier: canonical })).checksum;
}

/** The same repository elsewhere, without what prunes remember. */
function forgetfulCopy(repo: Repo): Promise<Repo> {
  const copy = join(scratch(), 'copy');
  fs.cpSync(repo.path, copy, { recursive: true });
  fs.rmSync(join(copy, MEMORY), { force: true });
  return openRepo(copy);
}

describe('numbered objects', () => {
  it('get one number each, by type and checksum', () => {
    const byte = fc.integer({ min: 0, max: 3 });
    const names = fc.array(fc.tuple(fc.constantFrom('file' as const, 'dirtree' as const), byte, byte), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(names, (list) => {
        const table = new ObjectTable();
        const expected = new Map<string, number>();
        for (const [type, a, b] of list) {
          const bytes = new Uint8Array(40).fill(a, 0, 20).fill(b, 20);
          const checksum = Buffer.from(bytes.subarray(4, 36)).toString('hex') as Checksum;
          const key = `${checksum}.${type}`;
          if (!expected.has(key)) expect(table.find(type, checksum)).toBe(-1);
          const index = expected.get(key) ?? expected.size;
          expected.set(key, index);
          expect(table.add(type, bytes, 4)).toBe(index);
          expect(table.addChecksum(type, checksum)).toBe(index);
          expect(table.addLoose(type, checksum.slice(0, 2), `${checksum.slice(2)}.x`)).toBe(index);
          expect(table.checksum(index)).toBe(checksum);
          expect(table.type(index)).toBe(type);
        }
        expect(table.size).toBe(expected.size);
      }),
    );
  });

  it('stay the same while the table grows', () => {
    const table = new ObjectTable();
    const sums = Array.from({ length: 20_000 }, (_, i) => nodeHash.sha256(Buffer.from(String(i))));
    sums.forEach((sum, i) => expect(table.addChecksum('file', sum)).toBe(i));
    sums.forEach((sum, i) => expect(table.find('file', sum)).toBe(i));
  });

  it('are no files with other names', () => {
    const table = new ObjectTable();
    for (const name of ['', 'x', `${'0'.repeat(61)}g.file`, `${'0'.repeat(60)}.file`, 'ā'.repeat(62)]) {
      expect(table.addLoose('file', '00', name)).toBe(-1);
    }
    expect(table.size).toBe(0);
  });

  it('are marked once', () => {
    const marks = new ObjectMarks();
    expect([7, 8, 100_000, 7].map((index) => marks.add(index))).toEqual([true, true, true, false]);
    expect([6, 7, 8, 100_000, 200_000].map((index) => marks.has(index))).toEqual([false, true, true, true, false]);
    expect(marks.count).toBe(3);
  });
});

describe('what a prune remembers', () => {
  it('never changes what is pruned, whatever happens in between', async () => {
    const step = fc.record({ branch: fc.nat(2), file: fc.nat(3), content: fc.nat(3), drop: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const repo = await freshRepo('archive');
        for (const { branch, file, content, drop } of steps) {
          await commitFiles(repo, `r${branch}`, { [`d${file}/sub/x`]: `c${content}`, [`d${content}/y`]: `c${file}` });
          if (drop) await repo.setRef({ name: `r${branch}` }, null);
          const copy = await forgetfulCopy(repo);
          const expected = await prune(copy, { refsOnly: true });
          expect(await prune(repo, { refsOnly: true })).toEqual(expected);
          expect(objects(repo)).toEqual(objects(copy));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is made again when it is damaged, cut off or of no use', async () => {
    const repo = await freshRepo('archive');
    await commitFiles(repo, 'main', { 'a/b/c': '1', 'a/d': '2' });
    await prune(repo);
    const file = join(repo.path, MEMORY);
    const good = fs.readFileSync(file);
    const before = objects(repo);
    const flipped = Buffer.from(good);
    flipped[60] = (flipped[60] as number) ^ 1;
    for (const bytes of [flipped, good.subarray(0, 100), Buffer.alloc(0), Buffer.from('other file')]) {
      fs.writeFileSync(file, bytes);
      expect(await prune(repo, { refsOnly: true })).toMatchObject({ pruned: 0 });
      expect(objects(repo)).toEqual(before);
      expect(fs.readFileSync(file)).toHaveLength(good.length);
    }
  });

  it('does not hide that a directory was lost', async () => {
    const repo = await freshRepo('archive');
    const commit = await commitFiles(repo, 'main', { 'a/b/c': '1' });
    await prune(repo);
    const { dirs } = repo.loadDirTree(repo.loadCommit(commit).contents);
    const lost = dirs[0]?.contents as Checksum;
    fs.unlinkSync(repo.store.path('dirtree', lost));
    expect((await failure(prune(repo))).message).toBe(`No such metadata object ${lost}.dirtree`);
    repo.markPartial(commit);
    const copy = await forgetfulCopy(repo);
    expect(await prune(repo)).toEqual(await prune(copy));
    expect(objects(repo)).toEqual(objects(copy));
  });
});

describe('dirtrees that are kept in memory', () => {
  it('are read once, until that ends', async () => {
    const repo = await freshRepo('archive');
    const { contents } = repo.loadCommit(await commitFiles(repo, 'main', { a: '1', b: '2' }));
    const file = repo.store.path('dirtree', contents);
    repo.store.keepDirTrees(true);
    const tree = repo.loadDirTree(contents);
    fs.renameSync(file, `${file}.away`);
    expect(repo.loadDirTree(contents)).toEqual(tree);
    repo.store.keepDirTrees(false);
    expect(() => repo.loadDirTree(contents)).toThrow(`No such metadata object ${contents}.dirtree`);
    fs.renameSync(`${file}.away`, file);
    expect(repo.loadDirTree(contents)).toEqual(tree);
  });

  it('do not hide from a prune that one was lost', async () => {
    const repo = await freshRepo('archive');
    const { contents } = repo.loadCommit(await commitFiles(repo, 'main', { a: '1' }));
    repo.store.keepDirTrees(true);
    repo.loadDirTree(contents);
    fs.unlinkSync(repo.store.path('dirtree', contents));
    expect((await failure(prune(repo))).message).toBe(`No such metadata object ${contents}.dirtree`);
  });
});

describe('prune', () => {
  it('keeps the parents that any of two refs asks for', async () => {
    const repo = await freshRepo('archive');
    const chain: Checksum[] = [];
    for (let i = 0; i < 5; i++) chain.push(await commitFiles(repo, 'main', { x: String(i) }, BigInt(i)));
    await repo.setRef({ name: 'older' }, chain[2] as Checksum);
    const kept = (): boolean[] => chain.map((commit) => repo.hasObject('commit', commit));
    await prune(repo, { retainBranchDepth: new Map([['older', 1]]), depth: 3 });
    expect(kept()).toEqual([false, true, true, true, true]);
    await prune(repo, { refsOnly: true, depth: 1 });
    expect(kept()).toEqual([false, true, true, true, true]);
    await repo.setRef({ name: 'older' }, null);
    await prune(repo, { refsOnly: true, depth: 2 });
    expect(kept()).toEqual([false, false, true, true, true]);
  });

  it('tells what each ref alone keeps', async () => {
    const repo = await freshRepo('archive');
    await commitFiles(repo, 'one', { common: '1', 'only/a': 'a' });
    await commitFiles(repo, 'other', { common: '1' });
    const before = objects(repo).length;
    const { refs, pruned } = await prune(repo, { refsOnly: true, noPrune: true, refShares: true });
    expect(pruned).toBe(0);
    for (const { ref, objects: count, size } of refs) {
      const copy = await forgetfulCopy(repo);
      await copy.setRef({ name: ref }, null);
      expect(await prune(copy, { refsOnly: true })).toMatchObject({ pruned: count, freed: size });
    }
    expect(refs.map(({ objects: count }) => count)).toEqual([4, 2]);
    expect(objects(repo)).toHaveLength(before);
  });

  it('of a child does without what its parent has', async () => {
    const parent = await freshRepo('archive');
    await commitFiles(parent, 'main', { common: '1' });
    const source = await freshRepo('archive');
    const commit = await commitFiles(source, 'main', { common: '1', more: '2' });
    const child = await freshRepo('archive', { fsync: 'false', parent: parent.path });
    await pullLocal(child, source, { refs: ['main'] });
    const types = (): string[] => objects(child).map((name) => name.slice(65));
    expect(types().sort()).toEqual(['commit', 'dirtree', 'file']);
    expect(await prune(child, { refsOnly: true, depth: 0 })).toMatchObject({ total: 3, pruned: 0 });
    expect(await fsck(child)).toMatchObject({ corrupt: false });
    expect(child.resolve('main')).toBe(commit);
  });

  it('takes a tombstone away when its commit comes back', async () => {
    const source = await freshRepo('archive');
    const first = await commitFiles(source, 'main', { x: '1' });
    for (const untrusted of [false, true]) {
      const repo = await freshRepo('archive');
      await pullLocal(repo, source, { refs: ['main'] });
      await repo.setRef({ name: 'main' }, null);
      const config = repo.readConfig();
      config.setBoolean('core', 'tombstone-commits', true);
      repo.saveConfig(config);
      await prune(repo, { refsOnly: true });
      expect(objects(repo)).toEqual([`${first}.tombstone-commit`]);
      await pullLocal(repo, source, { refs: ['main'], untrusted });
      expect(objects(repo)).not.toContain(`${first}.tombstone-commit`);
    }
  });
});

it('fsck names a malformed directory and the commits that hold it, and goes on with --all', async () => {
  const repo = await freshRepo('archive');
  const put = (type: 'commit' | 'dirtree' | 'dirmeta', bytes: Uint8Array): Checksum => {
    const checksum = nodeHash.sha256(bytes);
    const file = repo.store.path(type, checksum);
    fs.mkdirSync(join(file, '..'), { recursive: true });
    fs.writeFileSync(file, bytes);
    return checksum;
  };
  const meta = put('dirmeta', encodeDirMeta({ uid: 0, gid: 0, mode: 0o040755, xattrs: [] }));
  const contents = put('dirtree', Uint8Array.of(1, 2, 3));
  const commit = put(
    'commit',
    encodeCommit({ metadata: [], parent: null, related: [], subject: '', body: '', timestamp: 1n, contents, meta }),
  );
  const message = `fsck ${contents}.dirtree: ${contents}.dirtree: Not normal form`;
  expect((await failure(fsck(repo))).message).toBe(`In commits ${commit}: ${message}`);
  const finding = { type: 'dirtree', checksum: contents, problem: 'corrupt', message };
  expect(await fsck(repo, { all: true })).toMatchObject({ findings: [finding], objects: 3 });
});

describe('disk usage', () => {
  it('of refs: what they share counts for each, once in all', async () => {
    const repo = await freshRepo('archive');
    await commitFiles(repo, 'one', { common: '1', 'only/a': 'aaa' });
    await commitFiles(repo, 'other', { common: '1' });
    const { entries, total } = refUsage(repo);
    expect(entries.map(({ name, objects: count, ownObjects }) => [name, count, ownObjects])).toEqual([
      ['one', 6, 4],
      ['other', 4, 2],
    ]);
    const disk = [...listLooseObjects(repo.path)].reduce((sum, { path }) => sum + fs.statSync(path).size, 0);
    expect(total).toEqual({ objects: 8, size: disk });
  });

  it('of paths: own is what no other path and no other commit needs', async () => {
    const repo = await freshRepo('archive');
    await commitFiles(repo, 'main', { 'top/one': '1' });
    const files = { 'top/one': '1', 'top/two': '2', 'top/same': '2', 'top/sub/three': '3', 'side/four': '3', new: 'n' };
    const commit = await commitFiles(repo, 'main', files);
    const own = (path: string): [string, number, number][] =>
      pathUsage(repo, commit, path).entries.map(({ name, objects: count, ownObjects }) => [name, count, ownObjects]);
    expect(own('/top')).toEqual([
      ['/top/one', 1, 0],
      ['/top/same', 1, 0],
      ['/top/two', 1, 0],
      ['/top/sub', 3, 1],
    ]);
    expect(own('/')).toEqual([
      ['/new', 1, 1],
      ['/side', 3, 1],
      ['/top', 6, 3],
    ]);
    expect(own('/new')).toEqual([['/new', 1, 1]]);
    expect(() => own('/none')).toThrow('No such file or directory: /none');
  });
});

describe('delta indexes', () => {
  it('follow the deltas that are stored', async () => {
    const repo = await freshRepo('archive');
    const [from, to] = ['1'.repeat(64) as Checksum, '2'.repeat(64) as Checksum];
    const superblock = (source: Checksum | null): string =>
      join(repo.path, 'deltas', deltaPath(source, to), 'superblock');
    for (const source of [null, from]) {
      fs.mkdirSync(join(superblock(source), '..'), { recursive: true });
      fs.writeFileSync(superblock(source), `superblock from ${source}`);
    }
    await updateSummary(repo);
    const index = join(repo.path, deltaIndexPath(to));
    const names = (): unknown[] => {
      const [entry] = parseDetachedMetadata(fs.readFileSync(index));
      const deltas = entry?.[1].value ?? [];
      return (deltas as [string, unknown][]).map(([name]) => name).sort();
    };
    expect(names()).toEqual([`${from}-${to}`, to].sort());
    expect(repo.readConfig().getBoolean('core', 'indexed-deltas')).toBe(true);
    const { ino } = fs.statSync(index);
    reindexDeltas(repo);
    expect(fs.statSync(index).ino).toBe(ino);
    fs.rmSync(superblock(null));
    reindexDeltas(repo, from);
    expect(names()).toHaveLength(2);
    reindexDeltas(repo, to);
    expect(names()).toEqual([`${from}-${to}`]);
    fs.rmSync(superblock(from));
    reindexDeltas(repo);
    expect(fs.existsSync(index)).toBe(false);
  });
});

describe('a walk over a tree', () => {
  it('goes no deeper than it may', async () => {
    const repo = await freshRepo('archive');
    const commit = repo.loadCommit(await commitFiles(repo, 'main', { 'x/y/z/file': 'deep', 'w/file': 'flat' }));
    const fail = (error: Error): never => {
      throw error;
    };
    const walk = (maxDepth?: number): number => {
      const table = new ObjectTable();
      const seen = new ObjectMarks();
      new TreeWalker(repo, table).directory(commit, (index) => seen.add(index), fail, maxDepth);
      return table.size;
    };
    expect(walk(3)).toBe(walk());
    expect(() => walk(2)).toThrow('Tree is nested deeper than 2');
  });
});
