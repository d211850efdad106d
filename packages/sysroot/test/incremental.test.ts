import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cleanup, deploy, type Sysroot, undeploy } from '@ost/sysroot';
import { Fixture } from './fixture.js';
import { haveOstree, listing, ostree, unlinked, write } from './oracle.js';

const VERSIONS: readonly Record<string, string>[] = [
  { 'usr/lib/one': '1', 'usr/share/doc/a': 'a', 'usr/etc/conf': '1' },
  { 'usr/lib/one': '2', 'usr/share/doc/b': 'b', 'usr/etc/conf': '2' },
  { 'usr/lib/two': '-> one', 'usr/lib/one': '2', 'usr/share/empty': '', 'usr/etc/conf': '3' },
  { 'usr/lib/two/file': '2', 'usr/share/doc': '-> empty', 'usr/share/empty': '' },
];

const spares = ({ root }: Fixture): string => join(root, 'ostree/deploy/testos/spare');

/** Deploys one version after the other, with local changes between; what was seen after each. */
async function history(
  incremental: boolean,
  look: (fixture: Fixture, sysroot: Sysroot) => string[],
): Promise<string[][]> {
  const fixture = await Fixture.create();
  if (incremental) await fixture.configure('incremental-deploy', 'true');
  const states: string[][] = [];
  for (const [index, files] of [...VERSIONS, ...VERSIONS.toReversed()].entries()) {
    const sysroot = await fixture.open();
    await fixture.commit(sysroot.repo, 'os/stable', { files, timestamp: 1_700_000_000n + BigInt(index) });
    await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'os/stable' }));
    write(sysroot.deployments[0]?.path ?? '', { 'etc/local': `${index}` });
    states.push(look(fixture, sysroot));
    // What has changed a moment ago is read again; here it must not be.
    if (incremental) await sleep(30);
  }
  const used = fs.existsSync(spares(fixture)) ? fs.readdirSync(spares(fixture)) : [];
  expect(used.length).toBe(incremental ? 1 : 0);
  return states;
}

/** A line of a listing without the times of directories. */
function untimed(line: string): string {
  return line.replace(/^(d \d+ \S+) \w+ /, '$1 ');
}

function state({ root }: Fixture): string[] {
  return listing(root)
    .filter((line) => !line.includes('ostree/deploy/testos/spare') && !line.includes(' ostree/repo/'))
    .map(unlinked);
}

describe('deploying what changed', () => {
  it('leads to the same system as deploying all', async () => {
    expect(await history(true, state)).toEqual(await history(false, state));
  });

  it('does so whatever was done to old deployments and spares', async () => {
    const mischief = (fixture: Fixture, sysroot: Sysroot): string[] => {
      const [newest, older] = sysroot.deployments.map(({ path }) => path);
      if (older !== undefined) {
        fs.rmSync(join(older, 'usr/bin'), { recursive: true, force: true });
        write(older, { 'usr/bin': '-> /etc', 'usr/lib/modules/own.ko': 'rootkit', 'var/log/x': '' });
        fs.chmodSync(join(older, 'usr/share'), 0o1777);
      }
      const [spare] = fs.existsSync(spares(fixture)) ? fs.readdirSync(spares(fixture)) : [];
      if (spare !== undefined) {
        const tree = join(spares(fixture), spare);
        fs.rmSync(join(tree, 'usr/lib/modules'), { recursive: true });
        fs.writeFileSync(join(tree, 'usr/bin/sh.new'), 'other', { mode: 0o4755 });
        fs.renameSync(join(tree, 'usr/bin/sh.new'), join(tree, 'usr/bin/sh'));
      }
      return listing(newest ?? '').map(unlinked);
    };
    expect(await history(true, mischief)).toEqual(await history(false, mischief));
  });

  it('keeps no old content, and nothing when it is turned off', async () => {
    const fixture = await Fixture.create();
    await fixture.configure('incremental-deploy', 'true');
    const sysroot = await fixture.open();
    const commits: string[] = [];
    for (const [index, files] of VERSIONS.entries()) {
      const timestamp = 1_700_000_000n + BigInt(index);
      commits.push(await fixture.commit(sysroot.repo, 'os/stable', { files, timestamp }));
      await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'os/stable' }));
      write(sysroot.deployments[0]?.path ?? '', { 'etc/local': 'secret', 'etc/testdirectory/test': 'mine' });
    }
    expect(fs.readdirSync(spares(fixture))).toEqual([commits.at(-1)]);
    const single = listing(spares(fixture)).filter((line) => / x1 /.test(line) && !line.includes('empty'));
    const own = (line: string): boolean => line.includes('/etc/');
    expect(single.filter((line) => !own(line))).toEqual([]);
    // Its `/etc` is that of the tree, without anything local.
    const etc = listing(join(spares(fixture), commits.at(-1) ?? '', 'etc')).map(unlinked);
    const defaults = listing(join(spares(fixture), commits.at(-1) ?? '', 'usr/etc')).map(unlinked);
    expect(etc.map(untimed)).toEqual(defaults.map(untimed));
    await sysroot.withLock(() => undeploy(sysroot, 0));
    expect(fs.readdirSync(spares(fixture))).toEqual([commits.at(-2)]);
    if (haveOstree) {
      ostree(['admin', `--sysroot=${fixture.root}`, 'deploy', '--os=testos', 'os/stable']);
      ostree(['admin', `--sysroot=${fixture.root}`, 'cleanup']);
      expect(fs.readdirSync(spares(fixture))).toEqual([commits.at(-2)]);
    }
    await fixture.configure('incremental-deploy', 'false');
    const after: Sysroot = await fixture.open();
    await after.withLock(() => cleanup(after));
    expect(fs.existsSync(spares(fixture))).toBe(false);
  });

  it('reads a kernel once, and again when it is not the object', async () => {
    const fixture = await Fixture.create();
    const sysroot = await fixture.open();
    const memory = join(fixture.root, 'ostree/repo/tmp/cache/ost-boot-checksums');
    const deployed = async (kernel: string): Promise<string> => {
      const timestamp = BigInt(1_700_000_000 + fs.readdirSync(fixture.dir).length);
      await fixture.commit(sysroot.repo, 'os/stable', { files: { 'usr/lib/modules/1.0/vmlinuz': kernel }, timestamp });
      const made = await sysroot.withLock(() => deploy(sysroot, { os: 'testos', refspec: 'os/stable' }));
      return made.bootChecksum;
    };
    const [one, two] = [await deployed('1.0'), await deployed('2.0')];
    expect(one).not.toBe(two);
    const lines = fs.readFileSync(memory, 'utf8');
    expect(lines.split('\n').map((line) => line.split(' ')[1])).toEqual([two, one, undefined]);
    expect(await deployed('1.0')).toBe(one);
    expect(fs.readFileSync(memory, 'utf8')).toBe(lines);
    // What is damaged does not count.
    fs.writeFileSync(memory, lines.replaceAll(one, two));
    expect(await deployed('1.0')).toBe(one);
  });
});
