import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listing } from '../src/listing.js';
import { oddTree } from '../src/odd-tree.js';
import { programs, reference } from '../src/programs.js';
import { commit, complaints, init, MODES, objects, tame } from '../src/repos.js';
import { run } from '../src/run.js';
import { scratch } from '../src/scratch.js';

const dir = scratch('commit');
const tree = join(dir, 'tree');

beforeAll(() => {
  oddTree(tree, { large: true });
});

describe.each(MODES)('committing an odd tree to %s', (mode) => {
  const repos = { ost: join(dir, `${mode}-ost`), reference: join(dir, `${mode}-reference`) };
  const sums: string[] = [];

  beforeAll(() => {
    for (const program of programs) {
      const repo = init(program, repos[program.name as keyof typeof repos], mode);
      sums.push(commit(program, repo, '-b', 'main', '-s', 'Odd ü', '-m', 'Body\nof two lines', ...tame(mode), tree));
    }
  });

  it('gives the same checksum', () => {
    expect(sums[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(sums[0]).toBe(sums[1]);
  });

  it('writes the same objects', () => {
    expect(objects(repos.ost)).toEqual(objects(repos.reference));
    if (mode !== 'archive')
      expect(listing(join(repos.ost, 'objects'))).toEqual(listing(join(repos.reference, 'objects')));
  });

  it('passes fsck by both', () => {
    expect(complaints(repos.ost)).toEqual([]);
    expect(complaints(repos.reference)).toEqual([]);
  });

  it('leaves nothing temporary behind', () => {
    const left = (repo: string): readonly string[] => readdirSync(join(repo, 'tmp')).filter((name) => name !== 'cache');
    expect(left(repos.ost)).toEqual([]);
  });

  it('is a second time a commit of the same tree', () => {
    const again = programs.map((program) =>
      commit(program, repos[program.name as keyof typeof repos], '-b', 'main', ...tame(mode), tree),
    );
    expect(again[0]).toBe(again[1]);
    const contents = [repos.ost, repos.reference].map((repo) =>
      run(reference, ['ls', `--repo=${repo}`, '-d', '-C', 'main']),
    );
    expect(contents[0]).toBe(contents[1]);
  });

  it('takes a tree away with --consume', () => {
    const results = programs.map((program) => {
      const source = oddTree(join(dir, `consume-${mode}-${program.name}`));
      const repo = repos[program.name as keyof typeof repos];
      const sum = commit(program, repo, '-b', 'consumed', '--consume', ...tame(mode), source);
      return { sum, left: existsSync(source) };
    });
    expect(results[0]).toEqual(results[1]);
    expect(complaints(repos.ost)).toEqual([]);
  });
});
