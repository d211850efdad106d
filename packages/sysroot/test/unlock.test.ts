import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unlock } from '@ost/sysroot';
import { Fixture } from './fixture.js';

async function running(): Promise<Fixture> {
  const fixture = await Fixture.running();
  fs.mkdirSync(join(fixture.root, 'usr'));
  return fixture;
}

/** Unlocks in a process with mounts of its own, then writes to `/usr` there. */
function child(fixture: Fixture, mode: string): { out: string; error: string } {
  const script = `
    import { writeFileSync } from 'node:fs';
    import { MS, mount, unshareMounts } from '@ost/linux';
    import { Sysroot, unlock } from '@ost/sysroot';
    unshareMounts();
    mount({ target: '/', flags: MS.REC | MS.PRIVATE });
    const options = { debug: { mutableDeployments: true }, runDir: ${JSON.stringify(fixture.run)}, runningRoot: ${JSON.stringify(fixture.root)} };
    const sysroot = await Sysroot.open(${JSON.stringify(fixture.root)}, options);
    await sysroot.withLock(() => unlock(sysroot, ${JSON.stringify(mode)}));
    try { writeFileSync(${JSON.stringify(join(fixture.root, 'usr/bin/written'))}, 'x'); console.log('written'); }
    catch (error) { console.log(error.code); }
    console.log(sysroot.deployments.map((one) => one.unlocked).join());
    process.exit(0);
  `;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  return { out: result.stdout.trim(), error: result.stderr };
}

describe('unlocking', () => {
  it.each([
    ['development', 'written\ndevelopment'],
    ['transient', 'EROFS\ntransient'],
    ['hotfix', 'written\nhotfix,none'],
    ['hotfix', 'written\nhotfix,none', 'without an origin'],
  ])('%s', async (mode, expected, origin?: string) => {
    const fixture = await running();
    if (origin !== undefined) fs.rmSync(`${(await fixture.open()).booted?.path}.origin`);
    const { out, error } = child(fixture, mode);
    if (/EPERM|EINVAL|overlayfs mount/.test(error)) {
      console.log(
        `skipped: unlock ${mode}: no overlay mounts here: ${error.split('\n').find((line) => line.includes('rror'))}`,
      );
      return;
    }
    expect(out).toBe(expected);
    const deployment = (await fixture.open()).booted;
    expect(fs.existsSync(join(deployment?.path ?? '', 'usr/bin/written'))).toBe(false);
    const sysroot = await fixture.open();
    await expect(unlock(sysroot, 'development')).rejects.toThrow(`Deployment is already in unlocked state: ${mode}`);
  });

  it('needs a running deployment', async () => {
    const fixture = await Fixture.create();
    await expect(unlock(await fixture.open(), 'hotfix')).rejects.toThrow('Not currently booted');
  });
});
