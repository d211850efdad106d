import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pullLocal, type Repo } from '@ost/repo';
import {
  deploy,
  editKernelArgsInPlace,
  finalizeStaged,
  pendingAndRollback,
  type PullFunction,
  setFinalizationLocked,
  setKernelArgs,
  stageOverlayInitrd,
  status,
  switchTo,
  takeFinalizeFailure,
  Upgrader,
} from '@ost/sysroot';
import { Fixture } from './fixture.js';

const REF = 'origin:os/stable';

/** Pulling, as a test does it: from a repository on the same disk. */
function pullFrom(source: Repo): PullFunction {
  return async ({ repo, remote, refs }) => {
    await pullLocal(repo, source, { remote, refs });
  };
}

async function deployed(): Promise<{ fixture: Fixture; remote: Repo; first: string }> {
  const fixture = await Fixture.create();
  const remote = await fixture.remote();
  const first = await fixture.commit(remote, 'os/stable', { metadata: { version: '1' } });
  const sysroot = await fixture.open();
  await pullLocal(sysroot.repo, remote, { remote: 'origin', refs: ['os/stable'] });
  await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: REF, kernelArgs: { replace: ['quiet'] } }));
  return { fixture, remote, first };
}

describe('upgrading', () => {
  it('pulls, deploys, and says when there is nothing new', async () => {
    const { fixture, remote } = await deployed();
    const sysroot = await fixture.open();
    await sysroot.lock();
    const idle = Upgrader.open(sysroot, { os: 'testos' });
    expect(await idle.pull({ pull: pullFrom(remote) })).toBe(false);

    const second = await fixture.commit(remote, 'os/stable', {
      files: { 'usr/bin/new': 'x' },
      timestamp: 1_700_000_100n,
      metadata: { version: '2' },
    });
    const upgrader = Upgrader.open(sysroot, { os: 'testos' });
    upgrader.prepare();
    expect(await upgrader.pull({ pull: pullFrom(remote) })).toBe(true);
    const deployment = await upgrader.deploy();
    expect(deployment.checksum).toBe(second);
    expect(deployment.bootConfig.get('options')).toMatch(/^quiet ostree=/);
    expect(status(sysroot).map(({ version, refspec }) => [version, refspec])).toEqual([
      ['2', REF],
      ['1', REF],
    ]);
    sysroot.unlock();
  });

  it('refuses to go back unless told to, and does so by commit', async () => {
    const { fixture, remote, first } = await deployed();
    const sysroot = await fixture.open();
    await sysroot.lock();
    const second = await fixture.commit(remote, 'os/stable', { files: { a: '' }, timestamp: 1_700_000_100n });
    const up = Upgrader.open(sysroot, { os: 'testos' });
    await up.pull({ pull: pullFrom(remote) });
    await up.deploy();
    const down = Upgrader.open(sysroot, { os: 'testos' });
    down.prepare(first);
    await expect(down.pull({ pull: pullFrom(remote) })).rejects.toThrow(
      `Upgrade target revision '${first}' with timestamp 'Tue Nov 14 22:13:20 2023' is chronologically older than current ` +
        `revision '${second}' with timestamp 'Tue Nov 14 22:15:00 2023'; use --allow-downgrade to permit`,
    );
    expect(await down.pull({ pull: pullFrom(remote), allowOlder: true })).toBe(true);
    expect((await down.deploy()).checksum).toBe(first);
    expect(() => down.prepare('zzz')).toThrow('Invalid rev zzz');
    sysroot.unlock();
  });

  it('follows a ref that has reached its end of life', async () => {
    const { fixture, remote } = await deployed();
    await fixture.commit(remote, 'os/stable', {
      timestamp: 1_700_000_100n,
      metadata: { 'ostree.endoflife-rebase': 'os/next' },
    });
    const next = await fixture.commit(remote, 'os/next', { files: { next: '' }, timestamp: 1_700_000_200n });
    const sysroot = await fixture.open();
    await sysroot.lock();
    const upgrader = Upgrader.open(sysroot, { os: 'testos' });
    await upgrader.pull({ pull: pullFrom(remote) });
    const deployment = await upgrader.deploy();
    expect([deployment.checksum, deployment.refspec]).toEqual([next, 'origin:os/next']);
    sysroot.unlock();
  });

  it('switches to another ref and forgets the old one', async () => {
    const { fixture, remote } = await deployed();
    const other = await fixture.commit(remote, 'os/devel', { files: { devel: '' } });
    const sysroot = await fixture.open();
    await sysroot.lock();
    const pull = pullFrom(remote);
    await expect(switchTo(sysroot, { refspec: REF, os: 'testos', pull })).rejects.toThrow(
      `Old and new refs are equal: ${REF}`,
    );
    const deployment = await switchTo(sysroot, { refspec: 'os/devel', os: 'testos', pull });
    expect([deployment.checksum, deployment.refspec]).toEqual([other, 'origin:os/devel']);
    expect(fixture.texts().at(-1)).toBe(`Deleting ref '${REF}'`);
    expect(sysroot.repo.resolveIfPresent(REF)).toBeNull();
    sysroot.unlock();
  });

  it('needs to know what to upgrade', async () => {
    const { fixture } = await deployed();
    const sysroot = await fixture.open();
    expect(() => Upgrader.open(sysroot)).toThrow('Not currently booted into an OSTree system and no OS specified');
    expect(() => Upgrader.open(sysroot, { os: 'none' })).toThrow("No previous deployment for OS 'none'");
    const origin = sysroot.layout.origin(sysroot.deployments[0] as never);
    fs.writeFileSync(origin, '[origin]\nrefspec=x\nunconfigured-state=Call us\n');
    sysroot.load();
    expect(() => Upgrader.open(sysroot, { os: 'testos' })).toThrow('origin unconfigured-state: Call us');
    fs.writeFileSync(origin, '[other]\nkey=x\n');
    sysroot.load();
    expect(() => Upgrader.open(sysroot, { os: 'testos' })).toThrow('No origin/refspec in current deployment origin');
    fs.rmSync(origin);
    sysroot.load();
    expect(() => Upgrader.open(sysroot, { os: 'testos' })).toThrow('No origin known for deployment');
  });
});

describe('on a running system', () => {
  it('knows the running deployment, and what comes before and after', async () => {
    const { fixture } = await deployed();
    let sysroot = await fixture.open();
    fixture.boot(sysroot.deployments[0] as { path: string });
    sysroot = await fixture.open();
    expect(sysroot.booted?.index).toBe(0);
    await sysroot.withLock(() => deploy(sysroot, { refspec: REF }));
    expect(sysroot.booted?.index).toBe(1);
    expect(status(sysroot).map(({ booted, pending, rollback }) => [booted, pending, rollback])).toEqual([
      [false, true, false],
      [true, false, false],
    ]);
    expect(pendingAndRollback(sysroot).pending?.index).toBe(0);
  });

  it('stages a deployment and writes it at shutdown', async () => {
    const { fixture } = await deployed();
    let sysroot = await fixture.open();
    const running = sysroot.deployments[0] as { path: string };
    fixture.boot(running);
    sysroot = await fixture.open();
    await sysroot.lock();
    const initrd = join(fixture.dir, 'overlay.img');
    fs.writeFileSync(initrd, 'overlay');
    const { stageTree } = await import('@ost/sysroot');
    const overlay = stageOverlayInitrd(sysroot, initrd);
    const { originFor } = await import('@ost/sysroot');
    const request = {
      os: 'testos',
      checksum: sysroot.repo.resolve(REF),
      origin: originFor(REF),
      mergeFrom: sysroot.booted,
      overlayInitrds: [overlay],
      startService: async () => undefined,
    };
    const first = await stageTree(sysroot, request);
    const staged = await stageTree(sysroot, request);
    expect(staged.staged).toBe(true);
    expect(fs.existsSync(first.path) && first.path !== staged.path).toBe(false);
    expect(sysroot.deployments.map((one) => one.staged)).toEqual([true, false]);
    expect(sysroot.repo.resolveIfPresent('ostree/1/1/1')).not.toBeNull();

    expect(setFinalizationLocked(sysroot, true)).toBe(true);
    expect(setFinalizationLocked(sysroot, true)).toBe(false);
    expect(await finalizeStaged(sysroot)).toBe('locked');
    expect(setFinalizationLocked(sysroot, false)).toBe(true);

    fs.writeFileSync(join(running.path, 'etc/late'), 'changed after staging');
    expect(await finalizeStaged(sysroot)).toBe('finalized');
    expect(await finalizeStaged(sysroot)).toBe('nothing-staged');
    const [now] = sysroot.deployments;
    expect(now?.staged).toBe(false);
    expect(fs.readFileSync(join(now?.path ?? '', 'etc/late'), 'utf8')).toBe('changed after staging');
    expect(now?.bootConfig.overlayInitrds).toEqual([`/ostree/initramfs-overlays/${overlay}.img`]);
    const installed = fs.statSync(join(fixture.root, `boot/ostree/initramfs-overlays/${overlay}.img`));
    expect(installed.mode & 0o7777).toBe(0o600);
    sysroot.unlock();
  });

  it('stages a deployment that waits for permission, in the ways of all versions of libostree', async () => {
    const { fixture } = await deployed();
    fixture.boot((await fixture.open()).deployments[0] as { path: string });
    const sysroot = await fixture.open();
    const { stageTree } = await import('@ost/sysroot');
    const lock = join(fixture.run, 'ostree/staged-deployment-locked');
    const stage = (locked: boolean) =>
      stageTree(sysroot, {
        os: 'testos',
        checksum: sysroot.repo.resolve(REF),
        mergeFrom: sysroot.booted,
        locked,
        startService: async () => undefined,
      });
    await sysroot.lock();
    expect((await stage(true)).finalizationLocked).toBe(true);
    expect(fs.readFileSync(lock, 'utf8')).toBe('');
    expect(await finalizeStaged(sysroot)).toBe('locked');
    expect((await stage(false)).finalizationLocked).toBe(false);
    expect(fs.existsSync(lock)).toBe(false);
    await stage(true);
    expect(setFinalizationLocked(sysroot, false)).toBe(true);
    expect(fs.existsSync(lock)).toBe(false);
    expect(await finalizeStaged(sysroot)).toBe('finalized');
    sysroot.unlock();
  });

  it('keeps the inherited kernel arguments of a staged deployment when some are added', async () => {
    const { fixture } = await deployed();
    fixture.boot((await fixture.open()).deployments[0] as { path: string });
    const sysroot = await fixture.open();
    const { stageTree } = await import('@ost/sysroot');
    await sysroot.lock();
    await setKernelArgs(sysroot, { append: ['root=LABEL=main'] });
    const stage = () =>
      stageTree(sysroot, {
        os: 'testos',
        checksum: sysroot.repo.resolve(REF),
        mergeFrom: sysroot.booted,
        startService: async () => undefined,
      });
    const optionsOf = (index: number) =>
      sysroot.deployments[index]?.bootConfig.get('options')?.replace(/ostree=\S+/, 'ostree=');
    await stage();
    editKernelArgsInPlace(sysroot, ['new=1']);
    expect(optionsOf(0)).toBe('root=LABEL=main ostree= new=1');
    await stage();
    await setKernelArgs(sysroot, { merge: true, append: ['more'] });
    expect(optionsOf(0)).toBe('root=LABEL=main ostree= new=1 more');
    expect(await finalizeStaged(sysroot)).toBe('finalized');
    expect([0, 1].map(optionsOf)).toEqual(['root=LABEL=main ostree= new=1 more', 'root=LABEL=main ostree= new=1']);
    sysroot.unlock();
  });

  it('reports a finalization that failed', async () => {
    const { fixture } = await deployed();
    let sysroot = await fixture.open();
    const running = sysroot.deployments[0] as { path: string };
    fixture.boot(running);
    sysroot = await fixture.open();
    await sysroot.lock();
    const { stageTree } = await import('@ost/sysroot');
    await stageTree(sysroot, {
      os: 'testos',
      checksum: sysroot.repo.resolve(REF),
      mergeFrom: sysroot.booted,
      startService: async () => undefined,
    });
    fs.rmSync(join(running.path, 'etc/aconfigfile'));
    fs.writeFileSync(join(running.path, 'etc/aconfigfile'), 'changed');
    const staged = sysroot.staged as { path: string };
    fs.rmSync(join(staged.path, 'etc/aconfigfile'));
    fs.mkdirSync(join(staged.path, 'etc/aconfigfile'));
    const text = "During /etc merge: Modified config file newly defaults to directory 'aconfigfile', cannot merge";
    await expect(finalizeStaged(sysroot)).rejects.toThrow(text);
    expect(takeFinalizeFailure(sysroot)).toBe(text);
    expect(takeFinalizeFailure(sysroot)).toBeNull();
    sysroot.unlock();
  });
});
