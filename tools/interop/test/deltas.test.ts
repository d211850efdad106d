import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise, oddTree } from '../src/odd-tree.js';
import { ost, type Program, programs, reference } from '../src/programs.js';
import { commit, complaints, init, objects } from '../src/repos.js';
import { attempt, run } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';
import { serve } from '../src/server.js';

const dir = scratch('deltas');
const origin = join(dir, 'origin');
const [first, second] = [join(dir, 'first'), join(dir, 'second')];
let from = '';
let to = '';

beforeAll(() => {
  for (const tree of [first, second]) oddTree(tree);
  const big = noise(300_000, 5);
  writeFileSync(join(first, 'big'), big);
  // A file that bsdiff can express, one that rollsums can, and one that is new.
  big.set(noise(100, 6), 1000);
  writeFileSync(join(second, 'big'), big);
  writeFileSync(join(second, 'sub/moved'), noise(50_000, 8));
  writeFileSync(join(second, 'hello'), 'changed\n');
  init(reference, origin, 'archive');
  from = commit(reference, origin, '-b', 'main', first);
  to = commit(reference, origin, '-b', 'main', second);
});

const KINDS: readonly (readonly [name: string, args: readonly string[], empty: boolean])[] = [
  ['from one to the next', [], false],
  ['from one to the next, inline', ['--inline'], false],
  ['from nothing', ['--empty'], true],
  ['from nothing, inline', ['--empty', '--inline'], true],
  ['in the other byte order', ['--swap-endianness', '--inline'], false],
  ['from nothing in the other byte order', ['--empty', '--swap-endianness', '--inline'], true],
  ['without bsdiff', ['--disable-bsdiff', '--inline'], false],
  ['of several parts', ['--max-chunk-size=0', '--inline'], false],
];

/** A repository that holds what a delta starts from. */
function receiver(program: Program, mode: string, empty: boolean): string {
  const repo = init(program, join(dir, fresh('receiver')), mode);
  if (!empty) run(reference, ['pull-local', `--repo=${repo}`, origin, from]);
  return repo;
}

const MAKERS = programs.flatMap((maker) =>
  KINDS.map(([name, args, empty]) => [`${name} that ${maker.name} makes`, maker, args, empty] as const),
);

describe.each(MAKERS)('a delta %s', (name, maker, args, empty) => {
  const file = join(dir, name.replaceAll(/\W/g, '-'));
  let made = '';

  beforeAll(() => {
    const ends = empty ? [`--to=${to}`] : [`--from=${from}`, `--to=${to}`];
    mkdirSync(file);
    const where = `--filename=${join(file, 'superblock')}`;
    run(maker, ['static-delta', 'generate', `--repo=${origin}`, ...ends, ...args, where]);
    made = readdirSync(file).join(' ');
  });

  it.each(['archive', 'bare-user', 'bare'])('is applied to a repository %s', (mode) => {
    expect(made).toContain('superblock');
    // This reference stops with an assertion where it should read the old objects of an archive.
    const able = mode === 'archive' && !empty ? [ost] : programs;
    const results = able.map((program) => {
      const repo = receiver(program, mode, empty);
      const { code, stdout, stderr } = attempt(program, [
        'static-delta',
        'apply-offline',
        `--repo=${repo}`,
        join(file, 'superblock'),
      ]);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
      run(reference, ['refs', `--repo=${repo}`, '--create=applied', to]);
      expect(complaints(repo)).toEqual([]);
      return objects(repo);
    });
    const pulled = receiver(reference, mode, empty);
    run(reference, ['pull-local', `--repo=${pulled}`, origin, to]);
    for (const result of results) expect(result).toEqual(objects(pulled));
  });
});

const PULLED: readonly (readonly [name: string, option: string, empty: boolean])[] = [
  ['from one to the next', '--from', false],
  ['from nothing', '--empty', true],
  ['of one part, inline', '--inline', false],
  ['in the other byte order', '--swap-endianness', false],
  ['without fallbacks', '--min-fallback-size=0', false],
];
const PULLS = programs.flatMap((maker) =>
  PULLED.map(([name, option, empty]) => [`${name} that ${maker.name} makes`, maker, option, empty] as const),
);

describe.each(PULLS)('pulling with a delta %s', (name, maker, option, empty) => {
  it('gives what pulling without gives', async () => {
    const repo = init(reference, join(dir, `served-${name.replaceAll(/\W/g, '-')}`), 'archive');
    run(reference, ['pull-local', `--repo=${repo}`, '--depth=1', origin, 'main']);
    const extra = option === '--from' || option === '--empty' ? [] : [option];
    const ends = empty ? ['--empty', `--to=${to}`] : [`--from=${from}`, `--to=${to}`];
    run(maker, ['static-delta', 'generate', `--repo=${repo}`, ...ends, ...extra]);
    run(maker, ['summary', `--repo=${repo}`, '-u']);
    const url = await serve(dir, repo);
    const results = programs.map((program) => {
      const target = receiver(program, 'bare-user', empty);
      run(program, ['remote', `--repo=${target}`, 'add', '--no-gpg-verify', 'origin', url]);
      run(program, ['pull', `--repo=${target}`, '--require-static-deltas', 'origin', 'main']);
      expect(complaints(target)).toEqual([]);
      return objects(target);
    });
    expect(results[0]).toEqual(results[1]);
  });
});

describe('a delta that is large enough for threads', () => {
  const tree = join(dir, 'large');
  const file = join(dir, 'large-delta');
  const repo = join(dir, 'large-origin');
  let commit1 = '';

  beforeAll(() => {
    mkdirSync(tree);
    for (let i = 0; i < 12; i++) {
      const block = noise(50_000, 100 + i);
      writeFileSync(join(tree, `file-${i}`), Buffer.concat(Array.from({ length: 20 + i }, () => block)));
    }
    init(reference, repo, 'archive');
    commit1 = commit(reference, repo, '-b', 'main', tree);
    mkdirSync(file);
    const how = ['--empty', '--to=main', '--max-chunk-size=1', '--min-fallback-size=0'];
    run(reference, ['static-delta', 'generate', `--repo=${repo}`, ...how, `--filename=${join(file, 'superblock')}`]);
  });

  it('gives the same objects', () => {
    const target = receiver(ost, 'bare-user', true);
    run(ost, ['static-delta', 'apply-offline', `--repo=${target}`, file]);
    run(reference, ['refs', `--repo=${target}`, '--create=applied', commit1]);
    expect(complaints(target)).toEqual([]);
    const pulled = receiver(reference, 'bare-user', true);
    run(reference, ['pull-local', `--repo=${pulled}`, repo, commit1]);
    expect(objects(target)).toEqual(objects(pulled));
  });

  it('gives no commit when one of its parts is damaged', () => {
    const part = join(file, '7');
    const bytes = readFileSync(part);
    bytes.fill(1, 100, 110);
    writeFileSync(part, bytes);
    const target = receiver(ost, 'bare-user', true);
    const { code, stderr } = attempt(ost, ['static-delta', 'apply-offline', `--repo=${target}`, file]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^error: Executing delta part 7: Checksum mismatch in static delta part; [^\n]+\n$/,
      ),
    });
    expect(objects(target).filter((name) => name.endsWith('.commit'))).toEqual([]);
    expect(complaints(target)).toEqual([]);
  });
});

describe('pulling with deltas from a directory', () => {
  it('gives what pulling without gives, as local refs or those of a remote', () => {
    const repo = init(reference, join(dir, 'local'), 'archive');
    run(reference, ['pull-local', `--repo=${repo}`, '--depth=1', origin, 'main']);
    run(ost, ['static-delta', 'generate', `--repo=${repo}`, `--from=${from}`, `--to=${to}`]);
    run(ost, ['summary', `--repo=${repo}`, '-u']);
    for (const more of [[], ['--remote=origin']]) {
      const results = programs.map((program) => {
        const target = receiver(program, 'bare-user', false);
        if (more.length > 0) run(program, ['remote', `--repo=${target}`, 'add', '--no-gpg-verify', 'origin', 'x']);
        run(program, ['pull-local', `--repo=${target}`, '--require-static-deltas', ...more, repo, 'main']);
        expect(complaints(target)).toEqual([]);
        return [...objects(target), run(reference, ['refs', `--repo=${target}`])];
      });
      expect(results[0]).toEqual(results[1]);
    }
    const target = receiver(ost, 'bare-user', false);
    run(ost, ['static-delta', 'delete', `--repo=${repo}`, `${from}-${to}`]);
    const { code, stderr } = attempt(ost, ['pull-local', `--repo=${target}`, '--require-static-deltas', repo, 'main']);
    expect(code).toBe(1);
    expect(stderr).toContain('tatic deltas');
  });
});

describe.each(programs)('lists of deltas that $name makes', (maker) => {
  it('are the same', () => {
    const repo = init(reference, join(dir, `listed-${maker.name}`), 'archive');
    run(reference, ['pull-local', `--repo=${repo}`, '--depth=1', origin, 'main']);
    run(maker, ['static-delta', 'generate', `--repo=${repo}`, '--empty', '--to=main']);
    run(maker, ['static-delta', 'generate', `--repo=${repo}`, '--from=main^', '--to=main']);
    const list = (program: Program): readonly string[] =>
      run(program, ['static-delta', 'list', `--repo=${repo}`])
        .split('\n')
        .sort();
    expect(list(ost)).toEqual(list(reference));
    for (const name of list(ost).filter((line) => line !== '')) {
      const [ours, theirs] = programs.map((program) => run(program, ['static-delta', 'show', `--repo=${repo}`, name]));
      expect(ours).toBe(theirs);
    }
    run(ost, ['static-delta', 'delete', `--repo=${repo}`, to]);
    expect(list(ost)).toEqual(list(reference));
    run(ost, ['summary', `--repo=${repo}`, '-u']);
    expect(run(ost, ['summary', `--repo=${repo}`, '-v'])).toBe(run(reference, ['summary', `--repo=${repo}`, '-v']));
  });
});
