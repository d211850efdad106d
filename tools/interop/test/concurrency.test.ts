import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { oddTree } from '../src/odd-tree.js';
import { type Program, ost, programs, reference } from '../src/programs.js';
import { complaints, init, tame } from '../src/repos.js';
import { attemptLater, run, sh } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

const dir = scratch('concurrency');
const ROUNDS = 5;

/** What a worker says when it does not like what it finds. */
const troubles: string[] = [];

/**
 * How libostree fails, before it has done anything, when somebody takes, uses and removes the staging directory that it has
 * just made: it makes it, opens it, and only then locks it.
 */
const LOST_RACE = /^error: opendir\(staging-[^)]*\): No such file or directory\n$/;

/** Runs a program that must succeed, beside all the others. */
async function step(program: Program, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await attemptLater(program, args);
  if (code === 1 && program === reference && LOST_RACE.test(stderr)) return step(program, args);
  if (code !== 0) troubles.push(`${program.name} ${args.join(' ')}: exit ${code}: ${stderr}`);
  return stdout;
}

/** A tree that shares most of its files with all others and changes with each round. */
function makeTree(shared: string, name: string): (round: number) => string {
  const path = join(dir, fresh(name));
  sh(['cp', '-a', shared, path]);
  mkdirSync(join(path, 'own'));
  return (round) => {
    writeFileSync(join(path, 'own/file'), `${name} ${round}\n`);
    writeFileSync(join(path, `own/common-${round}`), `of everybody in round ${round}\n`);
    return path;
  };
}

/** Every process that this test starts at once, on one repository. */
async function crowd(repo: string, source: string, shared: string, more: readonly string[]): Promise<void> {
  const each = async (work: (round: number) => Promise<unknown>): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) await work(round);
  };
  const workers: Promise<void>[] = [];
  for (const [i, program] of programs.entries()) {
    for (const twin of ['first', 'second']) {
      const name = `${program.name}/${twin}`;
      const tree = makeTree(shared, `${program.name}-${twin}`);
      const words = ['commit', `--repo=${repo}`, '-b', name, ...more];
      workers.push(each((round) => step(program, [...words, '-s', `${round}`, tree(round)])));
    }
    // Commits that nothing refers to are what the prunes have to do.
    const garbage = makeTree(shared, `garbage-${i}`);
    const orphan = ['commit', `--repo=${repo}`, '--orphan', ...more];
    workers.push(each((round) => step(program, [...orphan, garbage(round)])));
    const pulled = (round: number): string => `round-${(round + i) % ROUNDS}`;
    const pull = ['pull-local', `--repo=${repo}`, `--remote=${program.name}`, source];
    workers.push(each((round) => step(program, [...pull, pulled(round)])));
    workers.push(each(() => step(program, ['prune', `--repo=${repo}`, '--refs-only'])));
    workers.push(
      each(async (round) => {
        const out = join(dir, fresh('out'));
        await step(program, ['checkout', `--repo=${repo}`, '-U', 'start', out]);
        await step(program, ['ls', `--repo=${repo}`, '-R', '-C', 'start']);
        await step(program, ['refs', `--repo=${repo}`, '--list']);
        if (existsSync(join(out, 'hello'))) return;
        troubles.push(`${program.name}: the checkout of round ${round} lacks a file`);
      }),
    );
  }
  await Promise.all(workers);
}

it.each(['archive', 'bare-user'])('many processes of both programs on one %s repository', async (mode) => {
  troubles.length = 0;
  const shared = join(dir, fresh('shared'));
  oddTree(shared);
  const source = init(reference, join(dir, fresh('source')), 'archive');
  const more = tame(mode);
  const changing = makeTree(shared, 'source');
  for (let round = 0; round < ROUNDS; round++) {
    run(reference, ['commit', `--repo=${source}`, '-b', `round-${round}`, ...more, changing(round)]);
  }
  const repo = init(reference, join(dir, fresh('repo')), mode);
  run(reference, ['commit', `--repo=${repo}`, '-b', 'start', ...more, shared]);

  await crowd(repo, source, shared, more);
  expect(troubles).toEqual([]);
  expect(complaints(repo)).toEqual([]);
  // Nothing is lost: every commit of every writer, in order, with what it was made from.
  for (const { name } of programs) {
    for (const twin of ['first', 'second']) {
      const log = run(ost, ['log', `--repo=${repo}`, `${name}/${twin}`]);
      const subjects = [...log.matchAll(/^ {4}(\d+)$/gm)].map(([, subject]) => Number(subject));
      expect(subjects).toEqual(Array.from({ length: ROUNDS }, (_, i) => ROUNDS - 1 - i));
      const content = run(reference, ['cat', `--repo=${repo}`, `${name}/${twin}`, '/own/file']);
      expect(content).toBe(`${name}-${twin} ${ROUNDS - 1}\n`);
    }
    for (let round = 0; round < ROUNDS; round++) {
      const [here, there] = [`refs/remotes/${name}`, 'refs/heads'].map((place, i) =>
        readFileSync(join(i === 0 ? repo : source, place, `round-${round}`), 'utf8'),
      );
      expect(here).toBe(there);
    }
  }
  // What was lost on purpose is gone: a last prune leaves what the refs need, and no transaction left anything behind.
  run(ost, ['prune', `--repo=${repo}`, '--refs-only']);
  expect(run(reference, ['prune', `--repo=${repo}`, '--refs-only'])).toContain('No unreachable objects');
  expect(complaints(repo)).toEqual([]);
  expect(readdirSync(join(repo, 'tmp')).filter((name) => name.startsWith('staging-'))).toEqual([]);
  expect(readdirSync(join(repo, 'state'))).toEqual([]);
});
