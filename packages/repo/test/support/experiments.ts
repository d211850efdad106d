import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openRepo } from '@ost/repo';
import type { Command } from './commands.mjs';
import { listing } from './listing.js';
import { ALL_MODES, canonical, commitDir, freshRepo } from './repos.js';
import { scratch, write } from './scratch.js';

/** A command that changes a repository, on one that is ready for it. */
export interface Experiment {
  readonly command: Command;
  readonly repo: string;
  /** Checks what an observer sees; `done` when the command has ended well. */
  readonly check: (done: boolean) => Promise<void>;
}

/** Makes a fresh repository for an experiment. */
export type Prepare = () => Promise<Experiment>;

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

/** A second commit, into a repository of the mode. */
const commit =
  (mode: string, config: Record<string, string>): Prepare =>
  async () => {
    const { repo, dir, first } = await changed(mode, config);
    const check = async (done: boolean): Promise<void> => {
      const now = (await openRepo(repo)).resolve('main');
      if (done) expect(now).not.toBe(first);
      else if (now !== first) expect((await openRepo(repo)).loadCommit(now).parent).toBe(first);
    };
    return { repo, command: { command: 'commit', dir, parent: first }, check };
  };

/** An import from a repository of another mode. */
const pull =
  (mode: string, from: string, config: Record<string, string>): Prepare =>
  async () => {
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

const prune: Prepare = async () => {
  const { repo, dir, first } = await changed('archive', direct);
  const { checksum } = await commitDir(await openRepo(repo), dir, { detachedMetadata: [] });
  await commitDir(await openRepo(repo), write(dir, { file: 'three' }), { parent: null });
  const check = async (done: boolean): Promise<void> => {
    const now = await openRepo(repo);
    expect(now.hasObject('commit', now.resolve('main'))).toBe(true);
    if (done) expect([first, checksum].map((c) => now.hasObject('commit', c as never))).toEqual([false, false]);
  };
  return { repo, command: { command: 'prune' }, check };
};

const moveRef: Prepare = async () => {
  const { repo, dir, first } = await changed('archive', flushed);
  const { checksum } = await commitDir(await openRepo(repo), dir);
  const check = async (done: boolean): Promise<void> => {
    const now = (await openRepo(repo)).resolve('main');
    expect(done ? [first] : [first, checksum]).toContain(now);
  };
  return { repo, command: { command: 'ref', name: 'main', rev: first }, check };
};

const deleteRef: Prepare = async () => {
  const { repo, first } = await changed('archive', flushed);
  const check = async (done: boolean): Promise<void> => {
    const now = (await openRepo(repo)).resolveIfPresent('main');
    expect(done ? [null] : [first, null]).toContain(now);
  };
  return { repo, command: { command: 'ref', name: 'main', rev: null }, check };
};

const makeAlias: Prepare = async () => {
  const { repo, first } = await changed('archive', flushed);
  const check = async (done: boolean): Promise<void> => {
    const now = (await openRepo(repo)).resolveIfPresent('deep/alias');
    expect(done ? [first] : [first, null]).toContain(now);
  };
  return { repo, command: { command: 'alias', name: 'deep/alias', target: 'main' }, check };
};

const summary: Prepare = async () => {
  const { repo } = await changed('archive', flushed);
  const check = async (done: boolean): Promise<void> => {
    if (done) expect(fs.statSync(join(repo, 'summary')).size).toBeGreaterThan(100);
  };
  return { repo, command: { command: 'summary' }, check };
};

const checkout: Prepare = async () => {
  const { repo, dir } = await changed('archive', direct);
  await commitDir(await openRepo(repo), dir);
  const to = join(scratch(), 'out');
  const check = async (done: boolean): Promise<void> => {
    if (done) expect(listing(to, { owners: false }).join()).toContain('sub/new 100644');
  };
  const command = { command: 'checkout', rev: 'main', to, userMode: true, overwrite: 'union' } as const;
  return { repo, command, check };
};

/** One experiment for each way in which a repository changes. */
export const experiments: readonly (readonly [name: string, prepare: Prepare])[] = [
  ['a commit, flushed', commit('archive', flushed)],
  ['a commit without flushing', commit('archive', direct)],
  ['an import by links', pull('archive', 'archive', flushed)],
  ['an import by copies', pull('bare-user', 'archive', flushed)],
  ['an import without flushing', pull('bare-user-only', 'archive', direct)],
  ['a prune', prune],
  ['a change of a ref', moveRef],
  ['the end of a ref', deleteRef],
  ['a new alias', makeAlias],
  ['a new summary', summary],
  ['a checkout', checkout],
];

/** The flushed commit in the other modes. */
export const otherCommits: readonly (readonly [name: string, prepare: Prepare])[] = ALL_MODES.filter(
  (mode) => mode !== 'archive',
).map((mode) => [`a commit into ${mode}`, commit(mode, flushed)] as const);

/** A commit to be killed for real. */
export const flushedCommit: Prepare = commit('archive', flushed);
