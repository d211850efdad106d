import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Fixture } from './fixture.js';

/** Deploys three kernels in turn onto a `/boot` of 4 MiB, in a process with mounts of its own. */
function deployThree(fixture: Fixture, earlyPrune: boolean): { out: string; error: string } {
  const script = `
    import { statSync, writeFileSync } from 'node:fs';
    import { codec, variant } from '@ost/gvariant';
    import { MS, mount, unshareMounts } from '@ost/linux';
    import { deploy, Sysroot } from '@ost/sysroot';
    unshareMounts();
    mount({ target: '/', flags: MS.REC | MS.PRIVATE });
    const [root, run] = ${JSON.stringify([fixture.root, fixture.run])};
    mount({ source: 'boot', target: root + '/boot', type: 'tmpfs', data: 'size=4m' });
    const onMessage = ({ type, text }) => { if (type === 'boot-space' || type === 'deployments-written') console.log(text); };
    const debug = { mutableDeployments: true };
    const open = () => Sysroot.open(root, { debug, runDir: run, runningRoot: root, onMessage, earlyPrune: ${earlyPrune} });
    for (const refspec of ['first', 'second', 'third']) {
      const sysroot = await open();
      await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec }));
      if (refspec !== 'first') continue;
      const { dev, ino } = statSync(sysroot.deployments[0].path, { bigint: true });
      const marker = codec('a{sv}').encode([['backing-root-device-inode', variant('(tt)', [dev, ino])]]);
      writeFileSync(run + '/ostree-booted', marker);
    }
    process.exit(0);
  `;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  return { out: result.stdout, error: result.stderr };
}

async function threeKernels(): Promise<Fixture> {
  const fixture = await Fixture.create();
  const { repo } = await fixture.open();
  for (const branch of ['first', 'second', 'third']) {
    const kernel = randomBytes(600 * 1024).toString('hex');
    await fixture.commit(repo, branch, { files: { 'usr/lib/modules/1.0/vmlinuz': kernel } });
  }
  return fixture;
}

describe.skipIf(process.getuid?.() !== 0)('a small /boot', () => {
  it.each([
    [true, ['1', '1', '-1', '1'], true],
    [false, ['1', '1', '0'], false],
  ])('early prune %s', async (earlyPrune, changes, twoSteps) => {
    const { out, error } = deployThree(await threeKernels(), earlyPrune);
    if (error.includes('EPERM')) {
      console.log('skipped: no mounts here');
      return;
    }
    expect(error).toBe('');
    expect([...out.matchAll(/count change: (-?\d+)/g)].map((match) => match[1])).toEqual(changes);
    expect(out.includes('Insufficient space left in bootfs; updating bootloader in two steps')).toBe(twoSteps);
  });
});
