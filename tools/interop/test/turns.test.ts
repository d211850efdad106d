import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { oddTree } from '../src/odd-tree.js';
import { ost, reference } from '../src/programs.js';
import { commit, complaints, init, MODES, objects, refFiles, tame } from '../src/repos.js';
import { run } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

const dir = scratch('turns');
const tree = join(dir, 'tree');

beforeAll(() => {
  oddTree(tree);
});

/** A small tree that no other call made. */
function small(): string {
  const path = join(dir, fresh('small'));
  mkdirSync(join(path, 'sub'), { recursive: true });
  writeFileSync(join(path, 'name'), path);
  writeFileSync(join(path, 'sub/same'), 'same\n');
  return path;
}

/** The same steps on two repositories; in one ost goes first, in the other the reference does. */
describe.each(MODES)('taking turns on one %s repository', (mode) => {
  it('each step leaves it good for both, and the result is the same', () => {
    const turns = [
      [ost, reference],
      [reference, ost],
    ] as const;
    const trees = [small(), small(), small()];
    const results = turns.map((order, which) => {
      let turn = which;
      const next = (): (typeof order)[number] => order[turn++ % 2] ?? ost;
      const repo = init(next(), join(dir, `${mode}-${which}`), mode);
      const steps: readonly ((program: typeof ost) => void)[] = [
        (program) => commit(program, repo, '-b', 'main', ...tame(mode), tree),
        (program) => commit(program, repo, '-b', 'main', '-s', 'Two', ...tame(mode), trees[0] ?? ''),
        (program) => run(program, ['refs', `--repo=${repo}`, '--create=tag/one', 'main^']),
        (program) => {
          const gone = join(dir, fresh('consumed'));
          run(reference, ['checkout', `--repo=${repo}`, '-U', 'main', gone]);
          writeFileSync(join(gone, 'new'), 'new\n');
          commit(program, repo, '-b', 'main', '--consume', '--owner-uid=0', '--owner-gid=0', '--no-xattrs', gone);
        },
        (program) => run(program, ['summary', `--repo=${repo}`, '-u']),
        (program) => commit(program, repo, '-b', 'side', '--tree=ref=main^', '--owner-uid=0'),
        (program) => run(program, ['prune', `--repo=${repo}`, '--refs-only', '--depth=0']),
        (program) => run(program, ['refs', `--repo=${repo}`, '--delete', 'tag']),
        (program) => commit(program, repo, '-b', 'main', '--base=side', `--tree=dir=${trees[1] ?? ''}`, ...tame(mode)),
        (program) => run(program, ['prune', `--repo=${repo}`, '--refs-only']),
        (program) => run(program, ['reset', `--repo=${repo}`, 'main', 'side']),
        (program) => run(program, ['prune', `--repo=${repo}`, '--refs-only']),
        (program) => run(program, ['config', `--repo=${repo}`, 'set', 'core.tombstone-commits', 'true']),
        (program) => commit(program, repo, '-b', 'main', ...tame(mode), trees[2] ?? ''),
        (program) => commit(program, repo, '-b', 'main', ...tame(mode), trees[1] ?? ''),
        (program) =>
          run(program, [
            'prune',
            `--repo=${repo}`,
            `--delete-commit=${run(ost, ['rev-parse', `--repo=${repo}`, 'main^']).trim()}`,
          ]),
        (program) => run(program, ['refs', `--repo=${repo}`, '--delete', 'side']),
        (program) => run(program, ['prune', `--repo=${repo}`, '--refs-only']),
        (program) => run(program, ['summary', `--repo=${repo}`, '-u']),
      ];
      for (const [i, step] of steps.entries()) {
        const program = next();
        step(program);
        expect(complaints(repo), `after step ${i} by ${program.name}`).toEqual([]);
      }
      return {
        refs: refFiles(repo),
        objects: objects(repo),
      };
    });
    expect(results[0]).toEqual(results[1]);
  });
});

describe('locks', () => {
  it('both programs at the same time do not spoil a repository', () => {
    const repo = init(ost, join(dir, 'crowded'), 'archive');
    const command = (program: typeof ost, i: number): string =>
      `${[...program.command].join(' ')} commit --repo=${repo} -b branch-${i} --timestamp=@${i} ${tree} >/dev/null || echo failed ${i}`;
    const script = [0, 1, 2, 3].map((i) => `(${command(i % 2 === 0 ? ost : reference, i)}) &`).join('\n');
    const pruning = `${reference.command.join(' ')} prune --repo=${repo} --refs-only >/dev/null || echo prune`;
    const other = `${ost.command.join(' ')} prune --repo=${repo} --refs-only >/dev/null || echo ost prune`;
    const said = run({ name: 'sh', command: ['sh'] }, ['-c', `${script}\n${pruning}\n${other}\nwait`]);
    expect(said).toBe('');
    expect(complaints(repo)).toEqual([]);
    expect(run(ost, ['refs', `--repo=${repo}`]).split('\n').length).toBe(5);
    rmSync(repo, { recursive: true });
  });
});
