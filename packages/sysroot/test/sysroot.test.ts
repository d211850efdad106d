import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { getFlags, FS_IMMUTABLE_FL, setImmutable } from '@ost/linux';
import { cleanup, deploy, deploymentNamed, pin, setDefault, Sysroot, sysrootEnvironment, undeploy } from '@ost/sysroot';
import { Fixture } from './fixture.js';
import { listing } from './oracle.js';

async function deployed(options: { times?: number } = {}): Promise<Fixture> {
  const fixture = await Fixture.create();
  const sysroot = await fixture.open();
  await fixture.commit(sysroot.repo, 'main', { metadata: { version: '1' } });
  await sysroot.lock();
  for (let count = 0; count < (options.times ?? 1); count++) await deploy(sysroot, { os: 'testos', refspec: 'main' });
  sysroot.unlock();
  return fixture;
}

describe('a system root', () => {
  it('must be there and make sense', async () => {
    await expect(Sysroot.open('/nonexistent')).rejects.toThrow('opendir(/nonexistent): No such file or directory');
    const fixture = await deployed();
    fs.mkdirSync(join(fixture.root, 'ostree/deploy/testos/deploy/unexpected'));
    const sysroot = await fixture.open();
    await expect(cleanup(sysroot)).rejects.toThrow("Invalid deploy name 'unexpected', expected CHECKSUM.TREESERIAL");
    fs.rmSync(join(fixture.root, 'boot/loader'));
    fs.writeFileSync(join(fixture.root, 'boot/loader'), '');
    await expect(fixture.open()).rejects.toThrow('Not a symbolic link: boot/loader');
    fs.rmSync(join(fixture.root, 'boot/loader'));
    fs.symlinkSync('elsewhere', join(fixture.root, 'boot/loader'));
    await expect(fixture.open()).rejects.toThrow("Invalid target 'elsewhere' in boot/loader");
  });

  it('is locked for one at a time, and leaves no lock behind', async () => {
    const fixture = await Fixture.create();
    const [one, two] = [await fixture.open(), await fixture.open()];
    await one.lock();
    await expect(two.lock({ wait: false })).rejects.toMatchObject({ code: 'busy' });
    const waiting = two.lock();
    setTimeout(() => one.unlock(), 150);
    await waiting;
    expect(fixture.texts()).toEqual(['Waiting for sysroot lock...']);
    expect(fs.statSync(two.layout.lockFile).mode & 0o777).toBe(0o600);
    two.unlock();
    two.unlock();
    expect(fs.existsSync(two.layout.lockFile)).toBe(false);
    const abort = new AbortController();
    await one.lock();
    setTimeout(() => abort.abort(), 50);
    await expect(two.lock({ signal: abort.signal })).rejects.toThrow('abort');
    one.unlock();
  });

  it('is read with the lock when it is being changed', async () => {
    const fixture = await deployed();
    const one = await fixture.open();
    await one.lock();
    const loader = join(fixture.root, 'boot/loader');
    fs.renameSync(loader, `${loader}.away`);
    fs.symlinkSync('half', loader);
    const opening = fixture.open();
    setTimeout(() => {
      fs.renameSync(`${loader}.away`, loader);
      one.unlock();
    }, 150);
    expect((await opening).deployments).toHaveLength(1);
    expect(fs.existsSync(one.layout.lockFile)).toBe(false);
  });

  it('notices what others did', async () => {
    const fixture = await deployed();
    const [one, two] = [await fixture.open(), await fixture.open()];
    expect(two.reload()).toBe(false);
    await one.withLock(async () => pin(one, 0));
    expect(two.reload()).toBe(true);
    expect(two.deployments[0]?.pinned).toBe(true);
  });

  it('seals deployments and opens them to remove them', async (context) => {
    const fixture = await Fixture.create('disk');
    const sysroot = await fixture.open({ debug: {} });
    await fixture.commit(sysroot.repo, 'main');
    await sysroot.lock();
    const { path } = await deploy(sysroot, { os: 'testos', refspec: 'main' });
    try {
      if ((getFlags(path) & FS_IMMUTABLE_FL) === 0) {
        console.log('skipped: no immutable flag here');
        context.skip();
      }
      expect(getFlags(join(path, 'usr')) & FS_IMMUTABLE_FL).toBe(0);
      await undeploy(sysroot, 0);
      expect(fs.existsSync(path)).toBe(false);
    } finally {
      if (fs.existsSync(path)) setImmutable(path, false);
      sysroot.unlock();
    }
  });

  it('tells how far long steps are', async () => {
    const fixture = await deployed();
    const steps: string[] = [];
    const sysroot = await fixture.open({
      onProgress: (progress) => steps.push(progress === null ? 'over' : JSON.stringify(progress)),
    });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    expect(steps[0]).toMatch(/^{"step":"checkout","files":[1-9]\d*}$/);
    expect(steps.filter((step) => !step.includes('checkout'))).toEqual(['over', '{"step":"prune"}', 'over']);
  });

  it('keeps the old list when a write fails, and cleans up after it', async () => {
    const fixture = await deployed();
    const before = listing(fixture.root);
    const failing = await fixture.open({ debug: { mutableDeployments: true, testFifreeze: true } });
    await failing.lock();
    await expect(deploy(failing, { os: 'testos', refspec: 'main' })).rejects.toThrow(
      'During fsfreeze-thaw: aborting due to test-fifreeze',
    );
    failing.unlock();
    expect(fixture.texts()).toContain('fifreeze watchdog was run');
    const sysroot = await fixture.open();
    expect(sysroot.deployments.map((one) => one.serial)).toEqual([0]);
    await sysroot.withLock(() => cleanup(sysroot));
    expect(listing(fixture.root)).toEqual(before);
  });

  it('goes back, and says when nothing is to be done', async () => {
    const fixture = await deployed({ times: 2 });
    const sysroot = await fixture.open();
    await sysroot.lock();
    fixture.texts();
    await setDefault(sysroot, 1);
    expect(sysroot.deployments.map((one) => one.serial)).toEqual([0, 1]);
    expect(fixture.texts()).toEqual([
      'Transaction complete; bootconfig swap: no; bootversion: boot.0.0, deployment count change: 0',
    ]);
    await setDefault(sysroot, 0);
    expect(fixture.texts()).toEqual([]);
    sysroot.unlock();
  });

  it('numbers links across systems and orders entries by version', async () => {
    const fixture = await deployed({ times: 2 });
    const sysroot = await fixture.open();
    await sysroot.lock();
    const { initStateroot } = await import('@ost/sysroot');
    initStateroot(sysroot, 'other', { fillVar: false });
    expect(() => initStateroot(sysroot, 'other')).toThrow('Creating ostree/deploy/other: File exists');
    expect(() => initStateroot(sysroot, '../x')).toThrow('Invalid stateroot name');
    await deploy(sysroot, { os: 'other', refspec: 'main' });
    expect(sysroot.deployments.map((one) => [one.os, one.bootSerial])).toEqual([
      ['other', 0],
      ['testos', 1],
      ['testos', 2],
    ]);
    expect(sysroot.deployments[0]?.bootConfig.get('title')).toBe('TestOS 42 1 (ostree:other:0)');
    sysroot.unlock();
  });

  it('finds deployments by word', async () => {
    const sysroot = await (await deployed()).open();
    expect(deploymentNamed(sysroot, '0').serial).toBe(0);
    expect(deploymentNamed(sysroot, 'pending').serial).toBe(0);
    expect(() => deploymentNamed(sysroot, 'rollback')).toThrow('Deployment type not found: rollback');
    expect(() => deploymentNamed(sysroot, '0x')).toThrow('Invalid index: 0x');
    expect(() => deploymentNamed(sysroot, '99999999999')).toThrow('Index too large: 99999999999');
    expect(() => deploymentNamed(sysroot, '7')).toThrow('Out of range deployment index 7, expected < 1');
  });

  it('honours the settings for boot entries', async () => {
    const fixture = await deployed();
    const config = (await fixture.open()).repo.readConfig();
    config.setBoolean('sysroot', 'bootprefix', true);
    config.set('sysroot', 'boot-counting-tries', '3');
    config.setList('sysroot', 'bls-append-except-default', ['x-key=v=1']);
    (await fixture.open()).repo.saveConfig(config);
    const sysroot = await fixture.open();
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'main' }));
    expect(sysroot.deployments.map((one) => [one.entryName, one.bootConfig.get('x-key')])).toEqual([
      ['ostree-2-testos+3.conf', undefined],
      ['ostree-1-testos.conf', 'v=1'],
    ]);
    expect(sysroot.deployments[0]?.bootConfig.get('linux')).toMatch(/^\/boot\/ostree\/testos-/);
  });

  it('reads debug words from the environment', () => {
    const debug = (text: string): object => sysrootEnvironment({ OSTREE_SYSROOT_DEBUG: text }).debug;
    expect(debug('mutable-deployments,no-xattrs')).toMatchObject({
      mutableDeployments: true,
      noXattrs: true,
      noDtb: false,
    });
    expect(debug('all')).toMatchObject({ testFifreeze: true });
    expect(sysrootEnvironment({})).toMatchObject({ stageUpgrades: false, debug: { mutableDeployments: false } });
    expect(sysrootEnvironment({ OSTREE_EX_STAGE_DEPLOYMENTS: '', OSTREE_GRUB2_EXEC: '/x' })).toMatchObject({
      stageUpgrades: true,
      grub2Generator: '/x',
    });
  });
});
