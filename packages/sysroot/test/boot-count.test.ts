import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blessBoot, countBoot, deploy, type Sysroot } from '@ost/sysroot';
import { Fixture } from './fixture.js';

/** A system whose second deployment has two boots to prove itself, and runs. */
async function upgraded(): Promise<Fixture> {
  const fixture = await Fixture.create();
  const sysroot = await fixture.open();
  await fixture.commit(sysroot.repo, 'main');
  await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
  const config = sysroot.repo.readConfig();
  config.set('sysroot', 'boot-counting-tries', '2');
  sysroot.repo.saveConfig(config);
  const counting = await fixture.open();
  await counting.withLock(() => deploy(counting, { os: 'testos', refspec: 'main' }));
  fixture.boot(counting.deployments[0] as { path: string });
  return fixture;
}

const entries = ({ root }: Fixture): string[] => fs.readdirSync(join(root, 'boot/loader/entries')).sort();

async function locked<T>(fixture: Fixture, body: (sysroot: Sysroot) => Promise<T>): Promise<T> {
  const sysroot = await fixture.open();
  return sysroot.withLock(() => body(sysroot));
}

describe('boots of a new deployment', () => {
  it('are counted until it is good', async () => {
    const fixture = await upgraded();
    expect(entries(fixture)).toEqual(['ostree-1-testos.conf', 'ostree-2-testos+2.conf']);
    expect(await locked(fixture, countBoot)).toBe('counted');
    expect(entries(fixture)).toEqual(['ostree-1-testos.conf', 'ostree-2-testos+1-1.conf']);
    expect(await locked(fixture, blessBoot)).toBe(true);
    expect(entries(fixture)).toEqual(['ostree-1-testos.conf', 'ostree-2-testos.conf']);
    expect(await locked(fixture, blessBoot)).toBe(false);
    expect(await locked(fixture, countBoot)).toBe('not-counted');
  });

  it('are used up, and the deployment before it is back', async () => {
    const fixture = await upgraded();
    const [bad, good] = (await fixture.open()).deployments;
    expect(await locked(fixture, countBoot)).toBe('counted');
    expect(await locked(fixture, countBoot)).toBe('counted');
    expect(await locked(fixture, countBoot)).toBe('rolled-back');
    const { deployments } = await fixture.open();
    expect(deployments.map(({ name }) => name)).toEqual([good?.name, bad?.name]);
    // What failed stays marked; what it went back to is trusted.
    expect(entries(fixture)).toEqual(['ostree-1-testos+0-2.conf', 'ostree-2-testos.conf']);
    fixture.boot(deployments[0] as { path: string });
    expect(await locked(fixture, countBoot)).toBe('not-counted');
  });

  it('do not count when another entry was chosen', async () => {
    const fixture = await upgraded();
    fixture.boot((await fixture.open()).deployments[1] as { path: string });
    expect(await locked(fixture, countBoot)).toBe('not-counted');
    expect(await locked(fixture, blessBoot)).toBe(false);
  });
});
