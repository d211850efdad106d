import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codec, type Variant, variant } from '@ost/gvariant';
import {
  completeBoot,
  deploy,
  prepareSoftReboot,
  prepareStateOverlay,
  resetSoftReboot,
  stageTree,
  status,
  type Sysroot,
  undeploy,
} from '@ost/sysroot';
import { Fixture } from './fixture.js';

async function running(): Promise<{ fixture: Fixture; sysroot: Sysroot }> {
  const fixture = await Fixture.create();
  const sysroot = await fixture.open();
  await fixture.commit(sysroot.repo, 'main');
  await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
  fixture.boot(sysroot.deployments[0] as { path: string });
  return { fixture, sysroot: await fixture.open() };
}

describe('the first steps after a boot', () => {
  it('report a failed finalization once', async () => {
    const { sysroot } = await running();
    const stamp = join(sysroot.path, 'boot/ostree/finalize-failure.stamp');
    fs.writeFileSync(stamp, 'no space');
    const text = 'ostree-finalize-staged.service failed on previous boot: no space';
    expect(() => completeBoot(sysroot)).toThrow(text);
    expect(fs.existsSync(stamp)).toBe(false);
    completeBoot(sysroot);
  });

  it('take the marker of a soft reboot over', async () => {
    const { fixture, sysroot } = await running();
    fs.mkdirSync(join(fixture.run, 'ostree'), { recursive: true });
    fs.writeFileSync(join(fixture.run, 'ostree/nextroot-booted'), 'next');
    completeBoot(sysroot);
    expect(fs.readFileSync(join(fixture.run, 'ostree-booted'), 'utf8')).toBe('next');
  });
});

describe('a soft reboot', () => {
  it('needs a running system, another deployment and the same kernel', async () => {
    const cold = await (await Fixture.create()).open();
    const { fixture, sysroot } = await running();
    const booted = sysroot.booted;
    if (booted === null) throw new Error('not booted');
    expect(() => prepareSoftReboot(cold, booted)).toThrow('Not currently booted into an OSTree system');
    expect(() => prepareSoftReboot(sysroot, booted)).toThrow(
      'Cannot prepare for soft-reboot currently booted deployment 0',
    );

    await fixture.commit(sysroot.repo, 'main', { files: { 'usr/share/new': 'new' } });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    const [same] = sysroot.deployments;
    if (same === undefined) throw new Error('no deployment');
    expect(() => prepareSoftReboot(sysroot, same)).toThrow('soft reboot not supported without composefs');

    await fixture.commit(sysroot.repo, 'main', { files: { 'usr/lib/modules/1.0/vmlinuz': 'another kernel' } });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    const [other] = sysroot.deployments;
    if (other === undefined) throw new Error('no deployment');
    expect(() => prepareSoftReboot(sysroot, other)).toThrow(
      'Cannot soft-reboot to deployment with different kernel state',
    );
  });

  it.skipIf(process.getuid?.() !== 0)('can be taken back', async () => {
    const { fixture, sysroot } = await running();
    resetSoftReboot(sysroot);
    fs.mkdirSync(join(fixture.run, 'ostree'), { recursive: true });
    const marker = join(fixture.run, 'ostree/nextroot-booted');
    fs.writeFileSync(marker, '');
    resetSoftReboot(sysroot);
    expect(fs.existsSync(marker)).toBe(false);
  });
});

describe.skipIf(process.getuid?.() !== 0)('a soft reboot that libostree has prepared', () => {
  const marked = async (): Promise<{ fixture: Fixture; sysroot: Sysroot; marker: string }> => {
    const { fixture, sysroot } = await running();
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    const marker = join(fixture.run, 'ostree/nextroot-booted');
    fs.mkdirSync(join(fixture.run, 'ostree'), { recursive: true });
    const { dev, ino } = fs.statSync(sysroot.deployments[0]?.path ?? '', { bigint: true });
    const entries: [string, Variant][] = [['backing-root-device-inode', variant('(tt)', [dev, ino])]];
    fs.writeFileSync(marker, codec('a{sv}').encode(entries));
    return { fixture, sysroot: await fixture.open(), marker };
  };

  it('is seen, and stays as long as its target', async () => {
    const { sysroot, marker } = await marked();
    expect(status(sysroot).map((one) => one.softRebootTarget)).toEqual([true, false]);
    await sysroot.withLock(async () => {
      await deploy(sysroot, { os: 'testos', refspec: 'main', insert: { retain: true } });
      expect(status(sysroot).map((one) => one.softRebootTarget)).toEqual([false, true, false]);
      await undeploy(sysroot, 1);
    });
    expect(status(sysroot).map((one) => one.softRebootTarget)).toEqual([false, false]);
    expect(fs.existsSync(marker)).toBe(false);
  });

  it('is taken back when something is staged', async () => {
    const { sysroot, marker } = await marked();
    const checksum = sysroot.repo.resolve('main');
    const startService = async (): Promise<void> => undefined;
    await sysroot.withLock(() => stageTree(sysroot, { os: 'testos', checksum, startService }));
    expect(fs.existsSync(marker)).toBe(false);
  });
});

describe('a state overlay', () => {
  it('keeps its own files and gives way to what a new deployment brings', async () => {
    const { fixture, sysroot } = await running();
    const lower = join(fixture.dir, 'opt');
    const put = (path: string): void => {
      fs.mkdirSync(join(path, '..'), { recursive: true });
      fs.writeFileSync(path, path);
    };
    for (const name of ['dir/both', 'file', 'turned']) put(join(lower, name));
    fs.chmodSync(lower, 0o751);
    const first = prepareStateOverlay(sysroot, 'opt', lower);
    for (const name of ['dir/both', 'dir/own', 'file', 'own', 'turned/below']) put(join(first.upper, name));
    expect(prepareStateOverlay(sysroot, 'opt', lower)).toEqual(first);
    expect(fs.readdirSync(first.upper).sort()).toEqual(['dir', 'file', 'own', 'turned']);
    expect(fs.statSync(first.upper).mode & 0o7777).toBe(0o751);

    await fixture.commit(sysroot.repo, 'main', { files: { 'usr/share/new': 'new' } });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    fixture.boot(sysroot.deployments[0] as { path: string });
    prepareStateOverlay(await fixture.open(), 'opt', lower);
    expect(fs.readdirSync(first.upper).sort()).toEqual(['dir', 'own']);
    expect(fs.readdirSync(join(first.upper, 'dir'))).toEqual(['own']);
  });

  it('needs a running system, and something to lie over', async () => {
    const { sysroot: booted } = await running();
    expect(() => prepareStateOverlay(booted, 'opt', '/nonexistent')).toThrow('opendir(/nonexistent): No such file');
    const sysroot = await (await Fixture.create()).open();
    expect(() => prepareStateOverlay(sysroot, 'opt', '/opt')).toThrow('Must be booted into an OSTree deployment');
  });
});
