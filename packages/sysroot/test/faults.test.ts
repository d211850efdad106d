import { createRequire, syncBuiltinESMExports } from 'node:module';
import type * as Fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanup, deploy, setDefault, type Sysroot } from '@ost/sysroot';
import { Fixture } from './fixture.js';

// The one object that every module's view of node:fs is made from.
const fs = createRequire(import.meta.url)('node:fs') as typeof Fs;
const CALLS = [
  'renameSync',
  'symlinkSync',
  'linkSync',
  'mkdirSync',
  'unlinkSync',
  'rmdirSync',
  'writeFileSync',
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

/** Runs an operation, stopped after every single change in turn; afterwards the old or the new list is there. */
async function everywhere(
  fixture: Fixture,
  operation: (sysroot: Sysroot) => Promise<unknown>,
  undo: (sysroot: Sysroot) => Promise<unknown>,
): Promise<{ steps: number; outcomes: string[] }> {
  const outcomes: string[] = [];
  for (let at = 0; ; at++) {
    const sysroot = await fixture.open();
    await sysroot.lock();
    const before = list(sysroot);
    const fault = stopAt(at);
    const stopped = await operation(sysroot).then(
      () => false,
      () => true,
    );
    const total = fault.count();
    resume();
    sysroot.unlock();
    const after = await fixture.open();
    const changed = list(after) !== before;
    expect(after.deployments.every((one) => fs.existsSync(join(one.path, 'usr/bin/sh')))).toBe(true);
    outcomes.push(changed ? 'new' : 'old');
    await after.lock();
    await cleanup(after);
    if (changed) await undo(after);
    expect(list(after)).toBe(before);
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
      async (one) => {
        const { undeploy } = await import('@ost/sysroot');
        await undeploy(one, 0);
      },
    );
    expect(outcomes.join(' ')).toMatch(/^(old )+(new )*new$/);
  });
});
