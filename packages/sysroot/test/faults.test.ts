import { createRequire, syncBuiltinESMExports } from 'node:module';
import type * as Fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanup,
  deploy,
  finalizeStaged,
  originFor,
  setDefault,
  stageTree,
  type Sysroot,
  undeploy,
  Upgrader,
} from '@ost/sysroot';
import { Fixture } from './fixture.js';
import { listing, unlinked } from './oracle.js';

// The one object that every module's view of node:fs is made from.
const fs = createRequire(import.meta.url)('node:fs') as typeof Fs;
const CALLS = [
  'renameSync',
  'symlinkSync',
  'linkSync',
  'mkdirSync',
  'unlinkSync',
  'rmdirSync',
  'rmSync',
  'writeFileSync',
  'writeSync',
  'writevSync',
  'chmodSync',
  'fchmodSync',
  'fchownSync',
  'lchownSync',
  'utimesSync',
  'futimesSync',
  'lutimesSync',
  'copyFileSync',
  'fsyncSync',
  'fdatasyncSync',
] as const;
const real = Object.fromEntries(CALLS.map((name) => [name, fs[name]])) as Record<
  string,
  (...args: unknown[]) => unknown
>;

/** From call number `at` on, every change of the file system fails, as if the machine had stopped there. */
function stopAt(at: number): { count: () => number } {
  let count = 0;
  for (const name of CALLS) {
    (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]): unknown => {
      if (count++ >= at) throw Object.assign(new Error(`stopped at ${name}`), { code: 'EIO' });
      return real[name]?.(...args);
    };
  }
  syncBuiltinESMExports();
  return { count: () => count };
}

function resume(): void {
  Object.assign(fs, real);
  syncBuiltinESMExports();
}

afterEach(resume);

const list = (sysroot: Sysroot): string => sysroot.deployments.map((one) => `${one.serial}@${one.path}`).join(' ');

/** Deployments that are complete: a tree, a kernel in /boot, an entry that leads to both. */
function assertBootable(fixture: Fixture, sysroot: Sysroot): void {
  expect(sysroot.deployments.length).toBeGreaterThan(0);
  for (const { path, bootConfig, origin } of sysroot.deployments) {
    expect(fs.existsSync(join(path, 'usr/bin/sh'))).toBe(true);
    expect(fs.existsSync(join(path, 'etc/os-release'))).toBe(true);
    expect(origin).not.toBeNull();
    for (const key of ['linux', 'initrd']) {
      expect(fs.existsSync(join(fixture.root, 'boot', bootConfig.get(key) ?? 'missing'))).toBe(true);
    }
    const link = /ostree=(\S+)/.exec(bootConfig.get('options') ?? '')?.[1] ?? 'missing';
    expect(fs.realpathSync(join(fixture.root, link))).toBe(fs.realpathSync(path));
  }
}

/** What is on the disk beside the list: must be the same after every repair. */
function leftovers({ root }: Fixture): string[] {
  const names = (path: string): string[] => fs.readdirSync(join(root, path)).sort();
  return [
    ...names('boot/ostree').map((name) => `boot ${name}`),
    ...names('boot').filter((name) => /^loader\..*[^01]$/.test(name)),
    ...names('ostree/deploy/testos/deploy'),
  ];
}

/** Runs an operation, stopped after every single change in turn; afterwards the old or the new list is there. */
async function everywhere(
  fixture: Fixture,
  operation: (sysroot: Sysroot) => Promise<unknown>,
  undo: (sysroot: Sysroot) => Promise<unknown>,
  prepare: (sysroot: Sysroot) => unknown = () => undefined,
): Promise<{ steps: number; outcomes: string[] }> {
  const outcomes: string[] = [];
  const clean = leftovers(fixture);
  for (let at = 0; ; at++) {
    const sysroot = await fixture.open();
    await sysroot.lock();
    const before = list(sysroot);
    await prepare(sysroot);
    const fault = stopAt(at);
    const stopped = await operation(sysroot).then(
      () => false,
      () => true,
    );
    const total = fault.count();
    resume();
    sysroot.unlock();
    // What was in /run is gone when the machine starts again.
    fs.rmSync(join(fixture.run, 'ostree'), { recursive: true, force: true });
    const after = await fixture.open();
    const changed = list(after) !== before;
    assertBootable(fixture, after);
    outcomes.push(changed ? 'new' : 'old');
    await after.lock();
    await cleanup(after);
    if (changed) await undo(after);
    expect(list(after)).toBe(before);
    expect(leftovers(fixture)).toEqual(clean);
    after.unlock();
    if (!stopped) return { steps: total, outcomes };
  }
}

describe('a machine that stops in the middle', () => {
  it('has the old list or the new one when entries are swapped', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'one');
    await fixture.commit(sysroot.repo, 'two', { kernel: '2.0', files: { 'usr/lib/modules/2.0/vmlinuz': 'second' } });
    await sysroot.lock();
    await deploy(sysroot, { os: 'testos', refspec: 'one' });
    await deploy(sysroot, { os: 'testos', refspec: 'two' });
    sysroot.unlock();
    const swap = (one: Sysroot): Promise<void> => setDefault(one, 1);
    const { steps, outcomes } = await everywhere(fixture, swap, swap);
    expect(steps).toBeGreaterThan(20);
    // First always the old list, and from one single step on always the new one.
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
  });

  it('has the old list or the new one when only links are swapped', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'one');
    await sysroot.lock();
    await deploy(sysroot, { os: 'testos', refspec: 'one' });
    await deploy(sysroot, { os: 'testos', refspec: 'one' });
    sysroot.unlock();
    const swap = (one: Sysroot): Promise<void> => setDefault(one, 1);
    const { outcomes } = await everywhere(fixture, swap, swap);
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
  });

  it('has the old list until a deployment is complete', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'one');
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'one' }));
    const { outcomes } = await everywhere(
      fixture,
      (one) => deploy(one, { os: 'testos', refspec: 'one' }),
      (one) => undeploy(one, 0),
    );
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
  });

  it('has the old list until an upgrade is complete', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'main');
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    const files = { 'usr/lib/modules/2.0/vmlinuz': 'second' };
    await fixture.commit(sysroot.repo, 'main', { kernel: '2.0', files, timestamp: 1_700_000_001n });
    const { outcomes } = await everywhere(
      fixture,
      async (one) => {
        const upgrader = Upgrader.open(one, { os: 'testos' });
        await upgrader.pull();
        await upgrader.deploy();
      },
      (one) => undeploy(one, 0),
    );
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
  });

  it('has the old list until a staged deployment is finished', async () => {
    const fixture = await Fixture.create();
    let sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'one');
    await fixture.commit(sysroot.repo, 'two', { kernel: '2.0', files: { 'usr/lib/modules/2.0/vmlinuz': 'second' } });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'one' }));
    const running = sysroot.deployments[0] as { path: string };
    fixture.boot(running);
    sysroot = await fixture.open();
    fs.writeFileSync(join(running.path, 'etc/local'), 'local');
    const checksum = sysroot.repo.resolve('two');
    const { outcomes } = await everywhere(
      fixture,
      async (one) => {
        await finalizeStaged(one);
        expect(fs.readFileSync(join(one.deployments[0]?.path ?? '', 'etc/local'), 'utf8')).toBe('local');
      },
      (one) => undeploy(one, 0),
      (one) =>
        stageTree(one, {
          os: 'testos',
          checksum,
          origin: originFor('two'),
          mergeFrom: one.booted,
          startService: async () => undefined,
        }),
    );
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
  });

  it('makes a whole deployment of a spare that was left half done', async () => {
    const fixture = await Fixture.create();
    await fixture.configure('incremental-deploy', 'true');
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'main', { files: { 'usr/old/file': 'old' } });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    const files = { 'usr/lib/modules/2.0/vmlinuz': 'second', 'usr/new/file': 'new' };
    await fixture.commit(sysroot.repo, 'main', { kernel: '2.0', files, timestamp: 1_700_000_001n });
    const up = async (one: Sysroot): Promise<void> => {
      const upgrader = Upgrader.open(one, { os: 'testos' });
      await upgrader.pull();
      await upgrader.deploy();
    };
    await sysroot.withLock(() => up(sysroot));
    const whole = listing(sysroot.deployments[0]?.path ?? '').map(unlinked);
    await sysroot.withLock(() => undeploy(sysroot, 0));
    const spares = join(fixture.root, 'ostree/deploy/testos/spare');
    expect(fs.readdirSync(spares)).toEqual([sysroot.deployments[0]?.checksum]);
    const { outcomes } = await everywhere(fixture, up, (one) => {
      expect(listing(one.deployments[0]?.path ?? '').map(unlinked)).toEqual(whole);
      return undeploy(one, 0);
    });
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
    expect(fs.readdirSync(spares)).toHaveLength(1);
  });

  it('has the old list or the new one when a deployment goes', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'one');
    await fixture.commit(sysroot.repo, 'two', { kernel: '2.0', files: { 'usr/lib/modules/2.0/vmlinuz': 'second' } });
    await sysroot.lock();
    await deploy(sysroot, { os: 'testos', refspec: 'one' });
    await deploy(sysroot, { os: 'testos', refspec: 'two' });
    sysroot.unlock();
    const { outcomes } = await everywhere(
      fixture,
      (one) => undeploy(one, 1),
      (one) => deploy(one, { os: 'testos', refspec: 'one', insert: { notDefault: true } }),
    );
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
  });

  it('keeps the list while it is cleaned up', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'one');
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'one' }));
    const litter = (): void => {
      const { path } = sysroot.deployments[0] as { path: string };
      fs.cpSync(path, path.replace(/0$/, '7'), { recursive: true });
      fs.mkdirSync(join(fixture.root, `boot/ostree/testos-${'0'.repeat(64)}`), { recursive: true });
      fs.mkdirSync(join(fixture.root, 'boot/loader.0/entries'), { recursive: true });
    };
    const { steps, outcomes } = await everywhere(
      fixture,
      cleanup,
      () => Promise.reject(new Error('the list changed')),
      litter,
    );
    expect(steps).toBeGreaterThan(20);
    expect(outcomes).not.toContain('new');
  });
});
