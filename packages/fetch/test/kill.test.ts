import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pull } from '@ost/fetch';
import { checkout, openRepo } from '@ost/repo';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertSound, type Fixture, makeFixture } from './support/fixture.js';

/** How many processes are killed for each mode; the release check asks for more. */
const KILLS = Number(process.env['OST_TEST_KILLS'] ?? 12);
const main = fileURLToPath(new URL('./support/pull-main.mjs', import.meta.url));

let fixture: Fixture;
beforeEach(async () => {
  fixture = await makeFixture();
  await fixture.commit((tree) => {
    for (let i = 0; i < 8; i++) {
      fs.mkdirSync(path.join(tree, `d${i}`));
      for (let j = 0; j < 8; j++) fs.writeFileSync(path.join(tree, `d${i}/f${j}`), `${i} ${j}`.repeat(1000 * j));
    }
  });
});
afterEach(() => fixture.close());

/** The same numbers below `limit` in every run. */
function* numbers(seed: number, limit: number): Generator<number, never, undefined> {
  for (let state = seed >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield Math.floor((state / 2 ** 32) * limit);
  }
}

/**
 * Pulls in a process that dies `after` milliseconds after its `at`-th request, which is never answered; true when it made
 * so many.
 */
async function pullAndKill(repo: string, at: number, after: number): Promise<boolean> {
  const child = spawn(process.execPath, [main, repo, 'origin', 'main'], { stdio: 'ignore' });
  const ended = new Promise<boolean>((resolve) => child.on('exit', (_, signal) => resolve(signal === 'SIGKILL')));
  let seen = 0;
  fixture.server.behaviours.set('/', () => {
    if (++seen !== at) return false;
    setTimeout(() => child.kill('SIGKILL'), after);
    return true;
  });
  const killed = await ended;
  fixture.server.behaviours.clear();
  return killed;
}

function fsckOfOstree(repo: string): void {
  try {
    execFileSync('ostree', ['fsck', `--repo=${repo}`, '-q'], { stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

const timeout = 30_000 + 2000 * KILLS;

it.each(['archive', 'bare-user'])(
  'killed at any time, a pull into a %s repository ends right',
  { timeout },
  async (mode) => {
    const third = fixture.source.resolve('main');
    let repo = await fixture.client(mode);
    await pull(repo, 'origin', { refs: ['main'] });
    const points = numbers(mode.length, fixture.server.requests.length);
    let killed = 0;
    repo = await fixture.client(mode);
    for (let i = 0; i < KILLS; i++) {
      const at = points.next().value + 1;
      if (await pullAndKill(repo.path, at, points.next().value % 12)) killed++;
      repo = await openRepo(repo.path);
      const ref = repo.resolveIfPresent('origin:main');
      if (ref === null) continue;
      // It came through: begin anew, with what is said to be complete looked at first.
      expect(ref).toBe(third);
      await assertSound(repo);
      repo = await fixture.client(mode);
    }
    // A pull that has everything to fetch does not come through, and after one that did comes such a one.
    expect(killed).toBeGreaterThanOrEqual(KILLS / 2);
    await pull(repo, 'origin', { refs: ['main'] });
    expect(repo.resolve('origin:main')).toBe(third);
    await assertSound(repo);
    fsckOfOstree(repo.path);
    const out = path.join(fixture.root, 'out');
    await checkout(repo, third, out, { userMode: true });
    const compare = path.join(fixture.root, 'compare');
    await checkout(fixture.source, third, compare, { userMode: true });
    execFileSync('diff', ['-r', out, compare]);
    expect(fs.readdirSync(path.join(repo.path, 'tmp')).filter((name) => name.startsWith('staging'))).toEqual([]);
  },
);
