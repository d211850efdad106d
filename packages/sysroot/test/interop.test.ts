import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KernelArgs } from '@ost/bootloader';
import {
  cleanup,
  configDiff,
  deploy,
  editKernelArgsInPlace,
  initFs,
  initStateroot,
  pin,
  setDefault,
  setKernelArgs,
  setOrigin,
  Sysroot,
  undeploy,
  type DeployRequest,
  type SysrootMessage,
} from '@ost/sysroot';
import { commit, haveOstree, listing, objects, ostree, ostreeError, osTree, scratch, write } from './oracle.js';

if (!haveOstree) console.log('skipped: comparison with the reference implementation: no `ostree` here');

const REF = 'testos:testos/stable';

/** Two system roots that get the same treatment, one from the reference implementation and one from us. */
class Pair {
  readonly dir = scratch();
  readonly repo = join(this.dir, 'repo');
  readonly theirs = join(this.dir, 'theirs');
  readonly ours = join(this.dir, 'ours');
  #said: string[] = [];

  async setup(boot: 'none' | 'syslinux'): Promise<void> {
    ostree([`--repo=${this.repo}`, 'init', '--mode=archive']);
    for (const root of [this.theirs, this.ours]) fs.mkdirSync(root);
    ostree(['admin', 'init-fs', '--modern', this.theirs]);
    await initFs(this.ours, { epoch: 1 });
    for (const root of [this.theirs, this.ours]) {
      if (boot === 'none') ostree([`--repo=${root}/ostree/repo`, 'config', 'set', 'sysroot.bootloader', 'none']);
      else {
        const foreign = 'TIMEOUT 50\n\nLABEL memtest\n\tKERNEL /boot/memtest.bin\n\tAPPEND x=1\n';
        write(root, {
          'boot/loader.0/syslinux.cfg': foreign,
          'boot/loader': '-> loader.0',
          'boot/syslinux/syslinux.cfg': '-> ../loader/syslinux.cfg',
        });
      }
    }
    await this.both(['os-init', 'testos'], async (sysroot) => initStateroot(sysroot, 'testos'), { quiet: true });
  }

  /** Does a thing on both sides and expects the same words and the same files. */
  async both(
    args: string[],
    ours: (sysroot: Sysroot) => unknown,
    options: { quiet?: boolean; objects?: boolean } = {},
  ): Promise<void> {
    const expected = ostree(['admin', `--sysroot=${this.theirs}`, ...args]);
    const words = await this.run(ours);
    if (options.quiet !== true) expect(words.join('')).toBe(expected.replaceAll(this.theirs, this.ours));
    this.same();
  }

  /** Expects the same refusal on both sides. */
  async refuse(args: string[], ours: (sysroot: Sysroot) => unknown): Promise<void> {
    const expected = ostreeError(['admin', `--sysroot=${this.theirs}`, ...args]);
    await expect(this.run(ours)).rejects.toThrow(expected);
  }

  async run(body: (sysroot: Sysroot) => unknown): Promise<string[]> {
    this.#said = [];
    const onMessage = (message: SysrootMessage): void => void this.#said.push(`${message.text}\n`);
    const sysroot = await Sysroot.open(this.ours, { debug: { mutableDeployments: true }, onMessage });
    await sysroot.withLock(async () => body(sysroot));
    return this.#said;
  }

  same(): void {
    expect(listing(this.ours)).toEqual(listing(this.theirs));
    expect(objects(join(this.ours, 'ostree/repo'))).toEqual(objects(join(this.theirs, 'ostree/repo')));
  }

  pull(): void {
    for (const root of [this.theirs, this.ours]) {
      ostree([`--repo=${root}/ostree/repo`, 'pull-local', '--remote=testos', this.repo, 'testos/stable']);
    }
  }

  edit(files: Record<string, string>, deployment: string): void {
    for (const root of [this.theirs, this.ours]) write(join(root, 'ostree/deploy/testos/deploy', deployment), files);
  }

  /** Runs a shell command in both deployments. */
  remove(path: string, deployment: string): void {
    for (const root of [this.theirs, this.ours]) {
      fs.rmSync(join(root, 'ostree/deploy/testos/deploy', deployment, path), { recursive: true });
    }
  }

  deploy(args: string[], request: Partial<DeployRequest> = {}): Promise<void> {
    const [ref, os] = [request.refspec ?? REF, request.os ?? 'testos'];
    return this.both(['deploy', `--os=${os}`, ...args, ref], (sysroot) =>
      deploy(sysroot, { os, refspec: ref, ...request }),
    );
  }
}

const pairs: Pair[] = [];
function newPair(): Pair {
  const pair = new Pair();
  pairs.push(pair);
  return pair;
}
afterAll(() => {
  for (const pair of pairs) fs.rmSync(pair.dir, { recursive: true, force: true });
});

describe.skipIf(!haveOstree)('the same as the reference implementation', () => {
  it.each(['none', 'syslinux'] as const)('from the first deployment to the last (bootloader %s)', async (boot) => {
    const pair = newPair();
    await pair.setup(boot);
    osTree(join(pair.dir, 'v1'));
    const c1 = commit(pair.repo, join(pair.dir, 'v1'), '1.0.9', 1_700_000_000);
    pair.pull();
    await pair.deploy(['--karg=root=LABEL=MOO', '--karg=quiet'], {
      kernelArgs: { replace: ['root=LABEL=MOO', 'quiet'] },
    });

    pair.edit(
      {
        'etc/aconfigfile': 'locally changed\n',
        'etc/local.conf': 'x\n',
        'etc/brokenlink': '-> /ENOENT',
        'etc/new/sub/file': 'y\n',
      },
      `${c1}.0`,
    );
    pair.remove('etc/testdirectory', `${c1}.0`);
    for (const root of [pair.ours, pair.theirs]) {
      fs.chmodSync(join(root, `ostree/deploy/testos/deploy/${c1}.0/etc/NetworkManager/nm.conf`), 0o600);
    }
    const lines = ostree(['admin', `--sysroot=${pair.theirs}`, 'config-diff', '--os=testos'])
      .trim()
      .split('\n')
      .sort();
    const diff = configDiff(await Sysroot.open(pair.ours), 'testos');
    const ours = [
      ...diff.modified.map((path) => `M    ${path}`),
      ...diff.removed.map((path) => `D    ${path}`),
      ...diff.added.map((path) => `A    ${path}`),
    ];
    expect(ours.sort()).toEqual(lines);

    osTree(join(pair.dir, 'v2'), '3.7.0', {
      'usr/lib/modules/3.7.0/vmlinuz': 'a kernel v2\n',
      'usr/etc/aconfigfile': 'a config file v2\n',
      'usr/etc/newdefault': 'added\n',
    });
    const c2 = commit(pair.repo, join(pair.dir, 'v2'), '1.0.10', 1_700_000_100);
    pair.pull();
    await pair.deploy([]);
    const boot1 = fs.readdirSync(join(pair.ours, 'boot/ostree'));
    expect(boot1).toHaveLength(2);

    await pair.deploy([]);
    await pair.both(['pin', '1'], (sysroot) => expect(pin(sysroot, 1)).toBe(true), { quiet: true });
    await pair.deploy([]);
    await pair.deploy([]);
    await pair.both(['pin', '-u', '2'], (sysroot) => expect(pin(sysroot, 2, false)).toBe(true), { quiet: true });
    await pair.deploy(['--retain', '--karg-append=a=1', '--karg-append=a=2'], {
      insert: { retain: true },
      kernelArgs: { append: ['a=1', 'a=2'] },
    });
    await pair.deploy(['--karg-delete=a=1', '--karg=quiet=yes'], {
      kernelArgs: { delete: ['a=1'], replace: ['quiet=yes'] },
    });
    await pair.deploy(['--not-as-default', '--karg-none'], {
      insert: { notDefault: true },
      kernelArgs: { base: 'none' },
    });
    await pair.both(['undeploy', '1'], (sysroot) => undeploy(sysroot, 1), { quiet: true });
    await pair.refuse(['undeploy', '9'], (sysroot) => undeploy(sysroot, 9));
    await pair.both(['instutil', 'set-kargs', '--merge', '--replace=quiet=no', '--append=z', 'last'], (sysroot) =>
      setKernelArgs(sysroot, { merge: true, replace: ['quiet=no'], append: ['z', 'last'] }),
    );
    await pair.both(['kargs', 'edit-in-place', '--append-if-missing=z=2', '--append-if-missing=fresh'], (sysroot) =>
      editKernelArgsInPlace(sysroot, ['z=2', 'fresh']),
    );
    await pair.both(['cleanup'], (sysroot) => cleanup(sysroot));

    await pair.both(['os-init', 'otheros'], (sysroot) => initStateroot(sysroot, 'otheros'), { quiet: true });
    await pair.deploy([], { os: 'otheros', refspec: 'testos:testos/stable' });
    await pair.deploy(['--no-merge', '--retain'], { merge: false, insert: { retain: true } });
    await pair.deploy(['--retain-rollback'], { os: 'otheros', insert: { retainRollback: true } });
    await pair.deploy(['--retain-pending'], { insert: { retainPending: true } });
    await pair.both(['set-origin', '--index=0', 'bacon', '--set=gpg-verify=false', 'http://tasty.com'], (sysroot) =>
      setOrigin(sysroot, {
        remote: 'bacon',
        url: 'http://tasty.com',
        settings: [['gpg-verify', 'false']],
        index: 0,
      }),
    );
    await pair.deploy(['--karg-append=tail', '--no-prune'], { kernelArgs: { append: ['tail'] }, prune: false });
    const count = fs.readdirSync(join(pair.ours, 'boot/loader/entries')).length;
    for (let index = 0; index < count; index++) {
      await pair.both(['undeploy', '0'], (sysroot) => undeploy(sysroot, 0), { quiet: true });
    }
    expect([c1, c2]).toHaveLength(2);
  });

  it('the reference implementation accepts what we wrote, and takes over', async () => {
    const pair = newPair();
    await pair.setup('none');
    osTree(join(pair.dir, 'v1'));
    const c1 = commit(pair.repo, join(pair.dir, 'v1'), '1', 1_700_000_000);
    pair.pull();
    await pair.run((sysroot) => deploy(sysroot, { os: 'testos', refspec: REF }));
    await pair.run((sysroot) => deploy(sysroot, { os: 'testos', refspec: REF, kernelArgs: { append: ['second'] } }));
    const told = ostree(['admin', `--sysroot=${pair.ours}`, 'status']);
    expect(told).toContain(`  testos ${c1}.1\n    Version: 1\n    origin refspec: ${REF}\n  testos ${c1}.0\n`);
    await pair.run((sysroot) => setDefault(sysroot, 1));
    expect(ostree(['admin', `--sysroot=${pair.ours}`, 'status'])).toMatch(new RegExp(`^  testos ${c1}\\.0\n`));
    ostree(['admin', `--sysroot=${pair.ours}`, 'deploy', '--os=testos', REF]);
    ostree([`--repo=${pair.ours}/ostree/repo`, 'fsck', '-q']);
    const sysroot = await Sysroot.open(pair.ours);
    expect(sysroot.deployments.map((deployment) => deployment.serial)).toEqual([2, 0]);
    expect(KernelArgs.parse(sysroot.deployments[0]?.bootConfig.get('options') ?? '').has('second')).toBe(false);
  });

  it('refuses with the same words', async () => {
    const pair = newPair();
    await pair.setup('none');
    osTree(join(pair.dir, 'v1'));
    const c1 = commit(pair.repo, join(pair.dir, 'v1'), '1', 1_700_000_000);
    pair.pull();
    await pair.refuse(['deploy', REF], (sysroot) => deploy(sysroot, { refspec: REF }));
    await pair.refuse(['deploy', '--os=testos', 'nonesuch'], (sysroot) =>
      deploy(sysroot, { os: 'testos', refspec: 'nonesuch' }),
    );
    await pair.refuse(['deploy', '--os=testos', '--stage', REF], (sysroot) =>
      deploy(sysroot, { os: 'testos', refspec: REF, stage: true }),
    );
    await pair.refuse(['config-diff', '--os=testos'], (sysroot) => configDiff(sysroot, 'testos'));
    await pair.deploy([]);
    await pair.refuse(['pin', '9'], (sysroot) => pin(sysroot, 9));
    await pair.refuse(['deploy', '--os=testos', '--karg-append=x=1', '--karg-delete=x=2', REF], (sysroot) =>
      deploy(sysroot, { os: 'testos', refspec: REF, kernelArgs: { append: ['x=1'], delete: ['x=2'] } }),
    );
    for (const [index, args] of [
      ['x=1', 'x=2', 'x'],
      ['x=1', 'x=2', 'x=3'],
      ['x', 'x=9'],
    ].entries()) {
      const wrong = args.pop() as string;
      await pair.refuse(
        ['deploy', '--os=testos', ...args.map((arg) => `--karg-append=${arg}`), `--karg-delete=${wrong}`, REF],
        (sysroot) => deploy(sysroot, { os: 'testos', refspec: REF, kernelArgs: { append: args, delete: [wrong] } }),
      );
      expect(index).toBeLessThan(3);
    }
    await pair.both(['cleanup'], (sysroot) => cleanup(sysroot), { quiet: true });

    // A default that was a file and is now a directory cannot take a local change.
    pair.edit({ 'etc/aconfigfile': 'changed\n' }, `${c1}.0`);
    osTree(join(pair.dir, 'v2'));
    fs.rmSync(join(pair.dir, 'v2/usr/etc/aconfigfile'));
    write(join(pair.dir, 'v2'), { 'usr/etc/aconfigfile/inside': '' });
    commit(pair.repo, join(pair.dir, 'v2'), '2', 1_700_000_100);
    pair.pull();
    await pair.refuse(['deploy', '--os=testos', REF], (sysroot) => deploy(sysroot, { os: 'testos', refspec: REF }));
    await pair.both(['cleanup'], (sysroot) => cleanup(sysroot));
  });
});
