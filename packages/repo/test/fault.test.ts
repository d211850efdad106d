import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepo } from '@ost/repo';
import { runKilledProcess } from './support/child.js';
import { type Command, runCommand } from './support/commands.mjs';
import { leftovers, listing } from './support/listing.js';
import { hasOstree, ostreeFsck } from './support/ostree.js';
import { assertSound, canonical, commitDir, freshRepo, MODES } from './support/repos.js';
import { scratch, write } from './support/scratch.js';
import { runKilled } from './support/simulated-kill.js';

/** One experiment: prepares a repository, says what to run on it, and what must hold whenever that stops. */
interface Experiment {
  readonly command: Command;
  readonly repo: string;
  /** Checks what an observer sees; `done` when the command has ended. */
  readonly check: (done: boolean) => Promise<void>;
}

/** Temporary files where nobody would ever remove them. */
function strayFiles(repo: string): string[] {
  const found: string[] = [];
  for (const part of ['objects', 'refs', 'state']) {
    for (const entry of fs.readdirSync(join(repo, part), { withFileTypes: true, recursive: true })) {
      if (!entry.isDirectory() && /(^|\/)\.?tmp/.test(entry.name)) found.push(join(entry.parentPath, entry.name));
    }
  }
  found.push(...fs.readdirSync(repo).filter((name) => name.startsWith('.tmp')));
  return found;
}

/** What the next transaction leaves in `tmp` when everything there is old enough. */
async function expired(repo: string): Promise<string[]> {
  const config = (await openRepo(repo)).readConfig();
  config.set('core', 'tmp-expiry-secs', '-1');
  (await openRepo(repo)).saveConfig(config);
  await (await openRepo(repo)).withTransaction(async () => undefined);
  return leftovers(repo);
}

/** What must hold after a command was killed, and that it can be run again then. */
async function recovers({ repo, command, check }: Experiment, withOstree: boolean): Promise<void> {
  await assertSound(await openRepo(repo));
  await check(false);
  if (hasOstree && withOstree) ostreeFsck(repo);
  await runCommand(repo, command);
  await check(true);
  await assertSound(await openRepo(repo));
  expect(await expired(repo)).toEqual([]);
  expect(strayFiles(repo)).toEqual([]);
}

/** Kills the command before its first, second, ... change of the file system until it comes to its end. */
async function atEveryStep(prepare: () => Promise<Experiment>): Promise<void> {
  for (let at = 1; ; at++) {
    const experiment = await prepare();
    const steps = await runKilled(at, () => runCommand(experiment.repo, experiment.command));
    if (steps !== null) {
      expect(steps).toBeGreaterThan(1);
      await experiment.check(true);
      return;
    }
    try {
      await recovers(experiment, at % 10 === 0);
    } catch (error) {
      throw new Error(`after step ${at}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** A repository with one commit, and a changed tree for a second one. */
async function changed(
  mode: string,
  config: Record<string, string>,
): Promise<{ repo: string; dir: string; first: string }> {
  const repo = await freshRepo(mode, config);
  const dir = write(join(scratch(), 'tree'), { file: 'one', 'sub/link': '-> file' });
  const { checksum } = await commitDir(repo, dir, { modifier: canonical });
  write(dir, { file: 'two', 'sub/new': 'new' });
  return { repo: repo.path, dir, first: checksum };
}

const flushed = { fsync: 'true' };
const direct = { fsync: 'false' };

describe('a process that is killed', () => {
  const commit = (mode: string, config: Record<string, string>) => async (): Promise<Experiment> => {
    const { repo, dir, first } = await changed(mode, config);
    const command = { command: 'commit', dir, parent: first } as const;
    const check = async (done: boolean): Promise<void> => {
      const now = (await openRepo(repo)).resolve('main');
      if (done) expect(now).not.toBe(first);
      else if (now !== first) expect((await openRepo(repo)).loadCommit(now).parent).toBe(first);
    };
    return { repo, command, check };
  };
  it.each(MODES)('during a commit into %s', (mode) => atEveryStep(commit(mode, flushed)));
  it('during a commit without flushing', () => atEveryStep(commit('archive', direct)));

  const pull = (mode: string, from: string, config: Record<string, string>) => async (): Promise<Experiment> => {
    const { repo: source, first } = await changed(from, config);
    const { path: repo } = await freshRepo(mode, config);
    const check = async (done: boolean): Promise<void> => {
      const now = (await openRepo(repo)).resolveIfPresent('main');
      if (done || now !== null) {
        expect(now).toBe(first);
        expect((await openRepo(repo)).partialState(now as never)).toBe('complete');
      }
    };
    return { repo, command: { command: 'pull', source }, check };
  };
  it('during an import by links', () => atEveryStep(pull('archive', 'archive', flushed)));
  it('during an import by copies', () => atEveryStep(pull('bare-user', 'archive', flushed)));
  it('during an import without flushing', () => atEveryStep(pull('bare-user-only', 'archive', direct)));

  it('while it prunes', () =>
    atEveryStep(async () => {
      const { repo, dir, first } = await changed('archive', direct);
      const { checksum } = await commitDir(await openRepo(repo), dir, { detachedMetadata: [] });
      await commitDir(await openRepo(repo), write(dir, { file: 'three' }), { parent: null });
      const check = async (done: boolean): Promise<void> => {
        const now = await openRepo(repo);
        expect(now.hasObject('commit', now.resolve('main'))).toBe(true);
        if (done) expect([first, checksum].map((c) => now.hasObject('commit', c as never))).toEqual([false, false]);
      };
      return { repo, command: { command: 'prune' }, check };
    }));

  it('while it moves a ref', () =>
    atEveryStep(async () => {
      const { repo, dir, first } = await changed('archive', flushed);
      const { checksum } = await commitDir(await openRepo(repo), dir);
      const check = async (done: boolean): Promise<void> => {
        const now = (await openRepo(repo)).resolve('main');
        expect(done ? [first] : [first, checksum]).toContain(now);
      };
      return { repo, command: { command: 'ref', name: 'main', rev: first }, check };
    }));

  it('while it makes an alias', () =>
    atEveryStep(async () => {
      const { repo, first } = await changed('archive', flushed);
      const check = async (done: boolean): Promise<void> => {
        const now = (await openRepo(repo)).resolveIfPresent('deep/alias');
        expect(done ? [first] : [first, null]).toContain(now);
      };
      return { repo, command: { command: 'alias', name: 'deep/alias', target: 'main' }, check };
    }));

  it('while it writes the summary', () =>
    atEveryStep(async () => {
      const { repo } = await changed('archive', flushed);
      const check = async (done: boolean): Promise<void> => {
        if (done) expect(fs.statSync(join(repo, 'summary')).size).toBeGreaterThan(100);
      };
      return { repo, command: { command: 'summary' }, check };
    }));

  it('during a checkout', () =>
    atEveryStep(async () => {
      const { repo, dir } = await changed('archive', direct);
      await commitDir(await openRepo(repo), dir);
      const to = join(scratch(), 'out');
      const check = async (done: boolean): Promise<void> => {
        if (done) expect(listing(to, { owners: false }).join()).toContain('sub/new 100644');
      };
      const command = { command: 'checkout', rev: 'main', to, userMode: true, overwrite: 'union' } as const;
      return { repo, command, check };
    }));

  it.each([3, 9, 20, 30, 40, 50])('for real, at step %i of a commit', async (at) => {
    const experiment = await commit('archive', flushed)();
    expect(runKilledProcess(experiment.repo, experiment.command, at)).toBe(false);
    await recovers(experiment, true);
  });
});
