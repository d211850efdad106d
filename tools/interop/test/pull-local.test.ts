import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { oddTree } from '../src/odd-tree.js';
import { type Program, ost, pairs, reference } from '../src/programs.js';
import { commit, complaints, init, MODES, objects, refFiles, tame } from '../src/repos.js';
import { attempt, run } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

const dir = scratch('pull-local');
const tree = join(dir, 'tree');
const plain = join(dir, 'plain');

/** Path of the repository that a program filled. */
const source = (program: Program, mode: string): string => join(dir, `${mode}-${program.name}`);

beforeAll(() => {
  oddTree(tree);
  oddTree(plain, { modes: false, xattrs: false });
  for (const [program] of pairs) {
    for (const mode of MODES) {
      const repo = init(program, source(program, mode), mode);
      commit(program, repo, '-b', 'main', '-s', 'One', ...tame(mode), tree);
      commit(program, repo, '-b', 'main', '-s', 'Two', '--add-detached-metadata-string=a=b', ...tame(mode), plain);
      commit(program, repo, '-b', 'other', '--canonical-permissions', '--no-xattrs', plain);
    }
  }
});

/** What a repository has of refs and objects. */
const contents = (repo: string): object => ({
  refs: refFiles(repo),
  objects: objects(repo),
});

describe.each(MODES)('from %s', (from) => {
  // A bare-user-only repository refuses what its form cannot keep.
  const targets = MODES.filter((to) => to !== 'bare-user-only' || from === 'bare-user-only');

  it.each(targets)('to %s, either way round', (to) => {
    const found = pairs.map(([writer, reader]) => {
      const target = init(reader, join(dir, fresh('target')), to);
      run(reader, ['pull-local', `--repo=${target}`, '--depth=-1', source(writer, from)]);
      expect(complaints(target)).toEqual([]);
      return contents(target);
    });
    expect(found[0]).toEqual(found[1]);
  });
});

describe('options of pull-local', () => {
  it.each([
    ['of one ref', ['other']],
    ['--untrusted', ['--untrusted', 'main']],
    ['--remote', ['--remote=origin', 'main']],
    ['--commit-metadata-only', ['--commit-metadata-only', 'main']],
    ['--depth=1', ['--depth=1', 'main']],
    ['--per-object-fsync', ['--per-object-fsync', 'other']],
    ['--bareuseronly-files of set-id files', ['--bareuseronly-files', '--depth=-1', 'main']],
    ['of a checksum', ['CHECKSUM']],
    ['of no ref', ['nothing']],
    ['--remote of no name', ['--remote=../../x', 'other']],
  ])('%s', (_name, args) => {
    const found = [ost, reference].map((program) => {
      const repo = source(reference, 'archive');
      const sum = run(reference, ['rev-parse', `--repo=${repo}`, 'other']).trim();
      const target = init(program, join(dir, fresh('options')), 'archive');
      const words = args.map((word) => (word === 'CHECKSUM' ? sum : word));
      const { code, stderr: text } = attempt(program, ['pull-local', `--repo=${target}`, repo, ...words]);
      // Which of several files is refused first is a matter of hashing.
      const stderr = text.replace(/[0-9a-f]{64}: invalid mode .*/, 'CHECKSUM: invalid mode');
      expect(complaints(target)).toEqual([]);
      // A pull that failed may leave objects, in an order that is its own.
      return { code, stderr, ...(code === 0 ? contents(target) : {}) };
    });
    expect(found[0]).toEqual(found[1]);
  });
});
