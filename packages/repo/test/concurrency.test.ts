import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openRepo } from '@ost/repo';
import { runChild } from './support/child.js';
import { leftovers } from './support/listing.js';
import { hasOstree, ostreeFsck } from './support/ostree.js';
import { assertSound, commitDir, freshRepo, MODES } from './support/repos.js';
import { scratch, write } from './support/scratch.js';
import { makeTree } from './support/tree.js';

const run = promisify(execFile);

it.each(MODES.filter((mode) => mode !== 'bare'))('several processes work on one %s repository', async (mode) => {
  const repo = await freshRepo(mode, { fsync: 'true' });
  const dirs = [0, 1, 2, 3].map((i) => {
    const dir = makeTree(join(scratch(), `tree-${i}`), { plain: true, many: 60 });
    // Common content and content of its own: writers meet at the same objects.
    return write(dir, { own: `${i}`.repeat(1000) });
  });
  await commitDir(repo, dirs[0] as string, { branch: 'start' });
  const committers = dirs.map((dir, i) =>
    runChild(repo.path, { command: 'commit', dir, branch: `ref/${i}`, times: 4 }),
  );
  const pruner = runChild(repo.path, { command: 'prune', times: 3 });
  const theirs = async (): Promise<void> => {
    const env = { ...process.env, OSTREE_SUPPRESS_SYNCFS: '1' };
    for (let i = 0; i < 4; i++) {
      const args = ['commit', `--repo=${repo.path}`, '-b', 'theirs', '-s', `${i}`, `--tree=dir=${dirs[i] as string}`];
      await run('ostree', args, { env });
    }
  };
  await Promise.all([...committers, pruner, ...(hasOstree ? [theirs()] : [])]);
  const now = await openRepo(repo.path);
  const names = now.listRefs().map((ref) => ref.name);
  expect(names).toEqual(['ref/0', 'ref/1', 'ref/2', 'ref/3', 'start', ...(hasOstree ? ['theirs'] : [])]);
  await assertSound(now);
  if (hasOstree) ostreeFsck(repo.path);
  for (const { checksum } of now.listRefs()) expect(now.partialState(checksum)).toBe('complete');
  await now.withTransaction(async () => undefined);
  expect(leftovers(repo.path)).toEqual([]);
});

it('waits for a lock, and gives up in time', async () => {
  const holder = await freshRepo('archive');
  const waiting = await openRepo(holder.path);
  const config = holder.readConfig();
  config.set('core', 'lock-timeout-secs', '0');
  holder.saveConfig(config);
  const impatient = await openRepo(holder.path);
  const lock = await holder.lock('exclusive');
  await expect(impatient.begin()).rejects.toMatchObject({
    code: 'busy',
    message: 'Locking repo shared failed: Resource temporarily unavailable',
  });
  const controller = new AbortController();
  const aborted = waiting.begin({ signal: controller.signal });
  controller.abort();
  await expect(aborted).rejects.toThrow('abort');
  const begun = waiting.begin();
  lock.release();
  (await begun).abort();
  // Shared locks are shared, and re-entrant.
  const [a, b] = [await holder.lock('shared'), await impatient.lock('shared')];
  const c = await holder.lock('shared');
  for (const held of [a, b, c]) held.release();
  (await impatient.lock('exclusive')).release();
});
