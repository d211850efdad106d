import { closeSync, constants, openSync, readdirSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Repo, TransactionOptions } from '@ost/repo';
import { freshRepo } from './support/repos.js';

// A pause is over when the test says so. How a flush that it starts ends is waited for.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** Opens what nothing can be flushed by. */
const O_PATH = 0o10000000;

/** Descriptors of the repository's directory, which only flushing takes. */
function descriptors({ path }: Repo): number[] {
  return readdirSync('/proc/self/fd', { encoding: 'utf8' }).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path ? [Number(fd)] : [];
    } catch {
      return [];
    }
  });
}

const whenDone = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Goes through one pause, and the flush behind it, of which the next pause tells. */
async function pass(): Promise<void> {
  vi.advanceTimersByTime(2000);
  while (vi.getTimerCount() === 0) await whenDone();
}

describe('flushing while a transaction goes on', () => {
  it.each<[string, boolean, TransactionOptions, boolean]>([
    ['happens where it is flushed in the end', true, {}, true],
    ['does not where it is not', false, {}, false],
    ['does not where that is not wanted this time', true, { fsync: false }, false],
    ['can be asked for', true, { fsync: false, writeBehind: true }, true],
    ['can be refused', true, { writeBehind: false }, false],
  ])('%s', async (_what, config, options, expected) => {
    const repo = await freshRepo('bare-user', { fsync: String(config) });
    const transaction = await repo.begin(options);
    expect(descriptors(repo)).toEqual([]);
    expect(vi.getTimerCount()).toBe(expected ? 1 : 0);
    if (expected) await pass();
    expect(descriptors(repo)).toHaveLength(expected ? 1 : 0);
    await transaction.commit();
    expect(vi.getTimerCount()).toBe(0);
    // Who flushes in the end, if not the transaction, need not wait for the last flush but one.
    while (descriptors(repo).length > 0) await whenDone();
  });

  it('is left out where the environment forbids to flush', async () => {
    vi.stubEnv('OSTREE_SUPPRESS_SYNCFS', '1');
    const transaction = await (await freshRepo('bare-user', { fsync: 'true' })).begin();
    expect(vi.getTimerCount()).toBe(0);
    await transaction.commit();
  });

  it('ends with a transaction that is aborted, even one that is being flushed', async () => {
    const repo = await freshRepo('bare-user', { fsync: 'true' });
    const transaction = await repo.begin();
    vi.advanceTimersByTime(2000);
    expect(descriptors(repo)).toHaveLength(1);
    transaction.abort();
    while (descriptors(repo).length > 0) await whenDone();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('publishes nothing of a transaction that is aborted while it is being committed', async () => {
    const repo = await freshRepo('bare-user', { fsync: 'true' });
    const transaction = await repo.begin();
    const checksum = transaction.writer.writeFile(
      { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] },
      Buffer.from('content'),
    );
    transaction.setRef({ name: 'main' }, checksum);
    vi.advanceTimersByTime(2000);
    const committed = transaction.commit();
    transaction.abort();
    await expect(committed).rejects.toMatchObject({ code: 'state' });
    expect(repo.listRefs()).toEqual([]);
    expect(repo.hasObject('file', checksum)).toBe(false);
  });

  it('fails the transaction when something could not be written in between', async () => {
    const repo = await freshRepo('bare-user', { fsync: 'true' });
    const transaction = await repo.begin();
    await pass();
    const [fd] = descriptors(repo) as [number];
    replaceDescriptor(fd, repo.path, O_PATH);
    await pass();
    replaceDescriptor(fd, repo.path, constants.O_RDONLY);
    await expect(transaction.commit()).rejects.toMatchObject({ message: expect.stringContaining('syncfs') });
    expect(repo.listRefs()).toEqual([]);
    expect(descriptors(repo)).toEqual([]);
  });
});

/** Opens a path as the descriptor that has been something else until now. */
function replaceDescriptor(fd: number, path: string, flags: number): void {
  const others: number[] = [];
  closeSync(fd);
  for (let opened = openSync(path, flags); opened !== fd; opened = openSync(path, flags)) others.push(opened);
  others.forEach(closeSync);
}
