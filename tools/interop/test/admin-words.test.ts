import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ost, type Program, programs, reference } from '../src/programs.js';
import { commit, complaints } from '../src/repos.js';
import { attempt, run, sh } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';
import { osTree, system, twoDeployments } from '../src/system.js';

const dir = scratch('admin-words', 'memory');
const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };
const origin = join(dir, 'origin');
const base = join(dir, 'base');

/** Where a system root is changed before a command sees it. */
type Change = (root: string) => void;

const firstDeployment = (root: string): string => {
  const deployments = join(root, 'ostree/deploy/test/deploy');
  return join(deployments, readdirSync(deployments).sort()[0] ?? '');
};

const none: Change = () => undefined;
const bootloader = (name: string): Change => {
  return (root) => run(reference, ['config', `--repo=${root}/ostree/repo`, 'set', 'sysroot.bootloader', name]);
};
const origins = (text: string): Change => {
  return (root) => {
    const deployments = join(root, 'ostree/deploy/test/deploy');
    for (const name of readdirSync(deployments)) {
      if (name.endsWith('.origin')) writeFileSync(join(deployments, name), text);
    }
  };
};
const without = (...paths: readonly string[]): Change => {
  return (root) => {
    const tree = osTree(dir, 4);
    for (const path of paths) rmSync(join(tree, path), { recursive: true });
    commit(reference, join(root, 'ostree/repo'), '-b', 'test/odd', tree);
  };
};
const including = (path: string, text = 'x'): Change => {
  return (root) => {
    const tree = osTree(dir, 4);
    mkdirSync(join(tree, path, '..'), { recursive: true });
    writeFileSync(join(tree, path), text);
    commit(reference, join(root, 'ostree/repo'), '-b', 'test/odd', tree);
  };
};

/** Commands after `ostree admin --sysroot=ROOT`, and what comes before them. */
const CASES: readonly (readonly [words: string, change?: Change])[] = [
  ['cleanup'],
  ['config-diff --os=test'],
  ['config-diff --os=nonesuch'],
  ['config-diff'],
  ['deploy'],
  ['deploy origin:test/stable'],
  ['deploy --os=test nonesuch:test/stable'],
  ['deploy --os=test origin:bad//ref'],
  ['deploy --os=test --karg-proc-cmdline --karg-none origin:test/stable'],
  ['deploy --os=test --karg-none --karg=x=y --karg=z origin:test/stable'],
  ['deploy --os=test --karg=root=other --karg-append=quiet --karg-append=quiet origin:test/stable'],
  ['deploy --os=test --retain origin:test/stable'],
  ['deploy --os=test --retain-pending origin:test/stable'],
  ['deploy --os=test --retain-rollback origin:test/stable'],
  ['deploy --os=test --not-as-default origin:test/stable'],
  ['deploy --os=test --no-prune origin:test/stable'],
  ['deploy --os=test --no-merge origin:test/stable'],
  ['deploy --os=test --stage origin:test/stable'],
  ['deploy --os=test --origin-file=/nonesuch origin:test/stable'],
  [
    'deploy --os=test --origin-file=ROOT/given.origin',
    (root) => given(root, '[origin]\nrefspec=origin:test/stable\nx=y\n'),
  ],
  ['deploy --os=test --origin-file=ROOT/given.origin origin:test/stable', (root) => given(root, '[origin]\nx=y\n')],
  ['deploy --os=test --origin-file=ROOT/given.origin origin:test/stable', (root) => given(root, 'no key file')],
  ['deploy --os=test --overlay-initrd=ROOT/given.origin origin:test/stable', (root) => given(root, 'an initrd')],
  ['deploy --os=test --overlay-initrd=/nonesuch origin:test/stable'],
  ['deploy --os=test test/odd', without('usr/lib/modules/5.10.0-test/vmlinuz')],
  ['deploy --os=test test/odd', without('usr/lib/modules')],
  ['deploy --os=test test/odd', without('usr/lib/modules/5.10.0-test/initramfs.img')],
  ['deploy --os=test test/odd', without('usr/etc')],
  ['deploy --os=test test/odd', without('usr/lib/os-release')],
  ['deploy --os=test test/odd', including('usr/lib/os-release', 'PRETTY_NAME=Odd  OS # 1\nID=odd\n')],
  ['deploy --os=test test/odd', including('usr/lib/os-release', 'PRETTY_NAME=a\\ b"c d"\'e\' \\')],
  ['deploy --os=test test/odd', without('var')],
  ['deploy --os=test test/odd', including('etc/file')],
  ['deploy --os=test test/odd', including('usr/lib/modules/5.10.0-test/devicetree')],
  ['deploy --os=test test/odd', including('usr/lib/modules/5.10.0-test/dtb/board.dtb')],
  ['deploy --os=test origin:test/stable', bootloader('nonesuch')],
  ['deploy --os=test origin:test/stable', bootloader('syslinux')],
  ['deploy --os=test origin:test/stable', bootloader('uboot')],
  ['deploy --os=test origin:test/stable', bootloader('auto')],
  ['status', bootloader('nonesuch')],
  ['finalize-staged'],
  ['boot-complete'],
  ['init-fs'],
  ['os-init'],
  ['os-init test'],
  ['os-init other'],
  ['pin'],
  ['pin 0'],
  ['pin 1 0'],
  ['pin 9'],
  ['pin x'],
  ['pin 0 9'],
  ['pin --unpin 0'],
  ['set-origin'],
  ['set-origin one'],
  ['set-origin one http://example.com/'],
  ['set-origin --index=0 one http://example.com/'],
  ['set-origin --index=1 --set=gpg-verify=false one http://example.com/ other/ref'],
  ['set-origin --index=9 one http://example.com/'],
  ['set-origin --index=x one http://example.com/'],
  ['set-origin --index=0 --set=nonsense one http://example.com/'],
  ['status'],
  ['status --verify'],
  ['status', origins('')],
  ['status', origins('not a key file')],
  ['status', origins('[origin]\nother=x\n')],
  ['status', origins('[origin]\nrefspec=no such:ref\n')],
  ['status', origins('[origin]\nrefspec=origin:test/stable\n\n[libostree-transient]\npinned=perhaps\n')],
  ['upgrade --os=test', origins('')],
  ['upgrade --os=test', origins('[origin]\nother=x\n')],
  ['upgrade --os=test', origins('[origin]\nrefspec=bad//ref\n')],
  ['upgrade --os=test', origins('[origin]\nrefspec=origin:test/stable\nunconfigured-state=Buy first\n')],
  ['upgrade --os=test', origins('[origin]\nrefspec=origin:test/stable\noverride-commit=nonsense\n')],
  ['switch'],
  ['switch --os=test origin:test/stable'],
  ['switch --os=nonesuch origin:test/stable'],
  ['switch origin:test/other'],
  ['undeploy'],
  ['undeploy 0'],
  ['undeploy 1'],
  ['undeploy 2'],
  ['unlock'],
  ['unlock --hotfix'],
  ['upgrade'],
  ['upgrade --os=nonesuch'],
  ['upgrade --os='],
  ['upgrade --os=test'],
  ['upgrade --os=test --allow-downgrade'],
  ['upgrade --os=test --pull-only'],
  ['upgrade --os=test --deploy-only'],
  ['upgrade --os=test --pull-only --deploy-only'],
  ['upgrade --os=test --override-commit=nonsense'],
  ['upgrade --os=test --stage'],
  ['kargs edit-in-place --append-if-missing=quiet --append-if-missing=new=1'],
  ['instutil set-kargs only=this'],
  ['instutil set-kargs --merge --append=more --replace=root=new rest'],
  ['instutil grub2-generate 7'],
  ['instutil selinux-ensure-labeled'],
  ['deploy --os=test origin:test/stable', (root) => rmSync(join(root, 'boot/loader'))],
  ['deploy --os=test origin:test/stable', (root) => rmSync(firstDeployment(root), { recursive: true })],
  ['status', (root) => rmSync(join(root, 'ostree/boot.1'), { recursive: true, force: true })],
  ['cleanup', (root) => mkdirSync(join(root, 'ostree/deploy/test/deploy/nonsense'))],
  ['cleanup', (root) => mkdirSync(join(root, `ostree/deploy/test/deploy/${'0'.repeat(64)}.7`))],
  ['status', (root) => appendFileSync(join(root, 'boot/loader/entries/bad.conf'), 'no entry')],
  ['status', (root) => appendFileSync(join(root, 'boot/loader/entries/bad.conf'), 'options ostree=/nonsense\n')],
];

function given(root: string, text: string): void {
  writeFileSync(join(root, 'given.origin'), text);
}

function outcome(program: Program, words: string, change: Change, root: string): object {
  const args = words.split(' ').map((word) => word.replace('ROOT', root));
  change(root);
  const { code, stdout, stderr } = attempt(program, ['admin', ...withRoot(args, root)], { env });
  const plain = (text: string): string[] => text.replaceAll(root, 'ROOT').replaceAll(origin, 'ORIGIN').split('\n');
  // Usage comes before the error in words of its own; progress and what was freed depend on the moment.
  const said = plain(stdout).filter((line) => !/^(Freed|\d+ (metadata|delta)|Receiving|Writing|Usage|$|  )/.test(line));
  const error = plain(stderr).findLast((line) => line.startsWith('error: '));
  // What a failure leaves for the next clean-up to remove is each one's own.
  const { boot, entries, farm, deploy, refs } = system(root);
  return code === 0 ? { code, said, boot, entries, farm, deploy, refs } : { code, said, error, entries, farm, refs };
}

/** Options stand after the command, as the real one wants them. */
function withRoot([command = '', ...args]: readonly string[], root: string): string[] {
  if (command === 'instutil' || command === 'kargs') {
    const [sub = '', ...rest] = args;
    return [command, sub, `--sysroot=${root}`, ...rest];
  }
  return command === 'init-fs' ? [command, ...args] : [command, `--sysroot=${root}`, ...args];
}

describe.skipIf(!isRoot)('every admin command', () => {
  beforeAll(() => twoDeployments(base, origin));
  afterAll(() => complaints(join(base, 'ostree/repo')));

  it.each(CASES.map(([words, change], i) => [i, words, change ?? none] as const))('%i: %s', (_, words, change) => {
    const [ours, theirs] = programs.map((program) => {
      const root = join(dir, fresh('root'));
      sh(['cp', '-a', base, root]);
      const result = outcome(program, words, change, root);
      rmSync(root, { recursive: true });
      return result;
    });
    expect(ours).toEqual(theirs);
  });

  // The reference ends with a crash, leads elsewhere, or takes the first deployment instead.
  it.each([
    ['deploy --os=nonesuch origin:test/stable', 'No such stateroot: nonesuch'],
    ['deploy --os= origin:test/stable', "Invalid stateroot name ''"],
    ['deploy --os=../../boot origin:test/stable', "Invalid stateroot name '../../boot'"],
    ['os-init ../../boot', "Invalid stateroot name '../../boot'"],
    ['undeploy x', 'Invalid index: x'],
    ['instutil grub2-generate', 'GRUB2_BOOT_DEVICE_ID must be set in the environment; is grub-mkconfig running this?'],
    [
      'deploy --os=test --lock-finalization origin:test/stable',
      'Cannot stage deployment: Not currently booted into an OSTree system',
    ],
  ])('%s is refused, and nothing changes', (words, text) => {
    const root = join(dir, fresh('root'));
    sh(['cp', '-a', base, root]);
    const before = system(root);
    expect(outcome(ost, words, none, root)).toMatchObject({ code: 1, error: `error: ${text}` });
    expect(system(root)).toEqual(before);
    rmSync(root, { recursive: true });
  });
});
