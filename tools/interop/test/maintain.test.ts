import { cpSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ost, type Program, programs, reference } from '../src/programs.js';
import { commit, complaints, init, objectPath, objects, refFiles } from '../src/repos.js';
import { attempt, run, sh } from '../src/run.js';
import { scratch } from '../src/scratch.js';

const dir = scratch('maintain');
const base = join(dir, 'base');
const YEARS = [2001, 2005, 2010, 2015, 2020] as const;
const sums: Record<string, string[]> = {};

beforeAll(() => {
  init(reference, base, 'archive', '--collection-id=org.example.Own');
  for (const branch of ['main', 'stable', 'origin:dev']) {
    sums[branch] = YEARS.map((year) => {
      const tree = join(dir, 'tree');
      rmSync(tree, { recursive: true, force: true });
      sh(['mkdir', '-p', join(tree, 'sub/deep'), join(tree, branch.replace(':', '-'))]);
      writeFileSync(join(tree, 'common'), 'common\n');
      writeFileSync(join(tree, 'sub/deep/file'), `${year}\n`);
      writeFileSync(join(tree, branch.replace(':', '-'), 'own'), `${branch} ${year % 2}\n`);
      const name = branch.split(':').at(-1) as string;
      const parent = sums[branch]?.at(-1);
      return commit(
        reference,
        base,
        '-b',
        name,
        `--timestamp=${year}-03-04 05:06:07 +0000`,
        ...(parent === undefined ? [] : [`--parent=${parent}`]),
        tree,
      );
    });
  }
  run(reference, ['refs', `--repo=${base}`, '--create=origin:dev', 'dev']);
  run(reference, ['refs', `--repo=${base}`, '--delete', 'dev']);
  run(reference, [
    'refs',
    `--repo=${base}`,
    '-c',
    '--create=org.example.Other:mirrored',
    sums['stable']?.[2] as string,
  ]);
  run(reference, ['static-delta', 'generate', `--repo=${base}`, '--empty', 'main']);
  run(reference, ['static-delta', 'generate', `--repo=${base}`, 'main']);
  run(reference, ['static-delta', 'generate', `--repo=${base}`, 'stable']);
});

/** Everything that a prune may change. */
function stateOf(repo: string): unknown {
  const deltas = sh(['find', 'deltas', '-type', 'd'], { cwd: repo }).split('\n').sort();
  return { objects: objects(repo), refs: refFiles(repo), deltas, config: readFileSync(join(repo, 'config'), 'utf8') };
}

/** Runs the same on a copy each, and returns what each program did. */
function both(args: (repo: string) => readonly string[], prepare: (repo: string) => void = () => undefined): unknown[] {
  return programs.map((program: Program) => {
    const repo = join(dir, `copy-${program.name}`);
    rmSync(repo, { recursive: true, force: true });
    cpSync(base, repo, { recursive: true });
    prepare(repo);
    const { code, stdout, stderr } = attempt(program, args(repo));
    const errors = stderr.slice(Math.max(0, stderr.indexOf('error:')));
    return { code, stdout: stdout.replaceAll(/^fsck objects .*\n/gm, ''), errors, ...(stateOf(repo) as object) };
  });
}

const PRUNES: readonly string[] = [
  '--no-prune',
  '--refs-only',
  '--refs-only --no-prune',
  '--refs-only --depth=0',
  '--refs-only --depth=1',
  '--refs-only --depth=1 --no-prune',
  '--refs-only --depth=-5',
  '--depth=0',
  '--commit-only --refs-only --depth=0',
  '--commit-only --no-prune',
  '--keep-younger-than=2012-01-01',
  '--keep-younger-than=2012-01-01 --depth=0',
  '--keep-younger-than=1990-01-01',
  '--keep-younger-than=nonsense',
  '--retain-branch-depth=main=1',
  '--retain-branch-depth=main=1 --depth=0',
  '--retain-branch-depth=main=0 --depth=0',
  '--retain-branch-depth=main=-1 --retain-branch-depth=stable=2 --depth=0',
  '--retain-branch-depth=main=-7 --depth=0',
  '--retain-branch-depth=origin:dev=1 --depth=0',
  '--retain-branch-depth=main',
  '--retain-branch-depth=main=x',
  '--only-branch=main --depth=0',
  '--only-branch=main --only-branch=origin:dev --depth=1',
  '--only-branch=main --keep-younger-than=2012-01-01',
  '--only-branch=nothing --depth=0',
  '--static-deltas-only --delete-commit=MAIN',
  '--static-deltas-only',
  '--delete-commit=MAIN',
  '--delete-commit=OLD',
  '--delete-commit=MIRRORED',
  '--delete-commit=OLD --no-prune',
];

describe('prune', () => {
  it.each(PRUNES)('%s', (options) => {
    const words = options
      .replace('MAIN', sums['main']?.at(-1) as string)
      .replace('OLD', sums['main']?.[0] as string)
      .replace('MIRRORED', sums['stable']?.[2] as string)
      .replace('UNKNOWN', 'f'.repeat(64))
      .split(' ');
    const [ours, theirs] = both((repo) => ['prune', `--repo=${repo}`, ...words]);
    expect(ours).toEqual(theirs);
  });

  it('refuses to delete a commit that is not here, and leaves no trace', () => {
    const outcomes = both((repo) => ['prune', `--repo=${repo}`, `--delete-commit=${'f'.repeat(64)}`]);
    const [ours, theirs] = outcomes as { code: number; errors: string; objects: unknown }[];
    expect([ours?.code, ours?.errors]).toEqual([theirs?.code, theirs?.errors]);
    expect(ours?.objects).toEqual(objects(base));
  });

  it('writes tombstones where the configuration says so, and a pull takes them away', () => {
    const prepare = (repo: string): void =>
      void run(reference, ['config', `--repo=${repo}`, 'set', 'core.tombstone-commits', 'true']);
    const [ours, theirs] = both((repo) => ['prune', `--repo=${repo}`, '--refs-only', '--depth=0'], prepare);
    expect(ours).toEqual(theirs);
    for (const program of programs) {
      const repo = join(dir, `copy-${program.name}`);
      expect(objects(repo).filter((name) => name.endsWith('.tombstone-commit'))).not.toEqual([]);
      run(program, ['pull-local', `--repo=${repo}`, base, sums['main']?.[1] as string]);
      expect(objects(repo)).not.toContain(objectPath('', sums['main']?.[1] as string, 'tombstone-commit').slice(1));
    }
  });

  it('goes on rightly when the other program has pruned and committed in between', () => {
    const repos = programs.map(({ name }) => join(dir, `turns-${name}`));
    for (const repo of repos) {
      cpSync(base, repo, { recursive: true });
      // Where two refs meet, 2022.7 deletes what only the second one's depth reaches.
      run(reference, ['refs', `--repo=${repo}`, '-c', '--delete', 'org.example.Other']);
    }
    const [mixed = '', theirs = ''] = repos;
    for (const [i, depth] of [3, 2, 1, 0].entries()) {
      const args = ['--refs-only', `--depth=${depth}`];
      for (const repo of repos) {
        run(i % 2 === 0 && repo === mixed ? ost : reference, ['prune', `--repo=${repo}`, ...args]);
        writeFileSync(join(dir, 'tree', 'new'), String(i));
        commit(reference, repo, '-b', 'main', join(dir, 'tree'));
      }
      expect(objects(mixed)).toEqual(objects(theirs));
    }
    expect(complaints(mixed)).toEqual([]);
  });
});

describe('refs that are damaged or lead nowhere', () => {
  const spoil = (repo: string): void => {
    writeFileSync(join(repo, 'refs/heads/empty'), '');
    writeFileSync(join(repo, 'refs/heads/nowhere'), `${'c'.repeat(64)}\n`);
  };

  it('can be deleted', () => {
    const [ours, theirs] = both((repo) => ['refs', `--repo=${repo}`, '--delete', 'empty', 'nowhere'], spoil);
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject({ code: 0 });
  });

  it('are found by fsck', () => {
    const nowhere = (repo: string): void => writeFileSync(join(repo, 'refs/heads/nowhere'), `${'c'.repeat(64)}\n`);
    const stderr: string[] = [];
    for (const program of programs) {
      both(() => ['--version'], nowhere);
      const { code, stderr: text } = attempt(program, ['fsck', `--repo=${join(dir, `copy-${program.name}`)}`]);
      expect(code).toBe(1);
      stderr.push(text);
    }
    expect(stderr[0]).toBe(stderr[1]);
    expect(stderr[0]).toContain('Object missing: ');
  });
});

describe('fsck', () => {
  const file = (repo: string, type: string): string =>
    join(repo, objects(repo).findLast((name) => name.endsWith(type)) as string);

  /** The commits that hold an object are in the order of a hash table there. */
  const settled = (outcomes: unknown[]): unknown[] =>
    outcomes.map((outcome) => JSON.parse(JSON.stringify(outcome).replaceAll(/(commits?) [0-9a-f, ]{64,}/g, '$1 HEX')));

  it.each([[''], ['--all'], ['--delete'], ['-q'], ['-a -q']])('says the same of a corrupt directory: %s', (options) => {
    const [ours, theirs] = settled(
      both(
        (repo) => ['fsck', `--repo=${repo}`, ...options.split(' ').filter((word) => word !== '')],
        (repo) => writeFileSync(file(repo, '.dirtree'), 'broken'),
      ),
    ) as { code: number; objects: unknown }[];
    expect([ours?.code, ours?.objects]).toEqual([theirs?.code, theirs?.objects]);
  });

  it.each([['--add-tombstones'], ['--verify-bindings'], ['--verify-back-refs'], ['--all --delete']])(
    '%s',
    (options) => {
      const [ours, theirs] = settled(
        both(
          (repo) => ['fsck', `--repo=${repo}`, ...options.split(' ')],
          (repo) => unlinkSync(objectPath(repo, sums['main']?.[0] as string, 'commit')),
        ),
      );
      expect(ours).toEqual(theirs);
    },
  );
});

describe('delta indexes', () => {
  const indexes = (repo: string): unknown =>
    sh(['sh', '-c', 'find delta-indexes -type f 2>/dev/null | sort | xargs -r sha256sum'], { cwd: repo });

  let repos: readonly (readonly [Program, string])[];
  beforeEach(() => {
    repos = programs.map((program) => [program, join(dir, `index-${program.name}`)] as const);
    for (const [, repo] of repos) {
      rmSync(repo, { recursive: true, force: true });
      cpSync(base, repo, { recursive: true });
    }
  });

  it.each([['summary -u'], ['static-delta reindex'], ['static-delta reindex --to=MAIN']])('%s', (command) => {
    const words = command.replace('MAIN', sums['main']?.at(-1) as string).split(' ');
    const [ours, theirs] = repos.map(([program, repo]) => {
      const { code, stderr } = attempt(program, [...words, `--repo=${repo}`]);
      return { code, stderr, indexes: indexes(repo), config: readFileSync(join(repo, 'config'), 'utf8') };
    });
    expect(ours).toEqual(theirs);
  });

  it('go with their deltas', () => {
    const [ours, theirs] = repos.map(([program, repo]) => {
      run(program, ['static-delta', 'reindex', `--repo=${repo}`]);
      for (const name of readdirSync(join(repo, 'deltas'))) rmSync(join(repo, 'deltas', name), { recursive: true });
      run(program, ['static-delta', 'reindex', `--repo=${repo}`]);
      return { indexes: indexes(repo), printed: run(program, ['static-delta', 'indexes', `--repo=${repo}`]) };
    });
    expect(ours).toEqual(theirs);
  });
});
