import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listing } from './listing.js';
import { ost, reference } from './programs.js';
import { commit, init, refFiles } from './repos.js';
import { run } from './run.js';
import { fresh } from './scratch.js';

/** Options of {@link osTree}. */
export interface OsTreeOptions {
  /** With a `systemctl` that has nothing to start. */
  readonly systemctl?: boolean;
}

/** A tree that boots; the version shows in the status. */
export function osTree(dir: string, version: number, options: OsTreeOptions = {}): string {
  const root = join(dir, fresh('os'));
  const modules = join(root, 'usr/lib/modules/5.10.0-test');
  for (const path of ['usr/bin', 'usr/etc/sub', 'var', 'sysroot', 'boot', 'dev', 'proc', 'run', 'sys']) {
    mkdirSync(join(root, path), { recursive: true });
  }
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, 'vmlinuz'), `kernel ${version < 3 ? 1 : version}\n`);
  writeFileSync(join(modules, 'initramfs.img'), 'initramfs\n');
  writeFileSync(
    join(root, 'usr/lib/os-release'),
    `NAME=Test\nPRETTY_NAME="Test ${version}"\nVERSION_ID=${version}\nID=test\n`,
  );
  writeFileSync(join(root, 'usr/bin/program'), `program ${version}\n`, { mode: 0o755 });
  writeFileSync(join(root, 'usr/etc/changed-by-os'), `default ${version}\n`);
  writeFileSync(join(root, 'usr/etc/changed-by-both'), `default ${version}\n`);
  writeFileSync(join(root, 'usr/etc/deleted'), 'deleted here\n');
  writeFileSync(join(root, `usr/etc/sub/new-in-${version}`), 'new\n');
  // What programs of the host need where such a tree is the root.
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) symlinkSync(`usr/${name}`, join(root, name));
  if (options.systemctl === true) writeFileSync(join(root, 'usr/bin/systemctl'), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('sysroot/ostree', join(root, 'ostree'));
  return root;
}

/** Commits such a tree. */
export function publish(origin: string, version: number, options: OsTreeOptions = {}): string {
  const more = [`--add-metadata-string=version=${version}`, '--owner-uid=0', '--owner-gid=0'];
  return commit(
    ost,
    origin,
    '-b',
    'test/stable',
    ...more,
    `--timestamp=@${1_600_000_000 + version}`,
    osTree(dirname(origin), version, options),
  );
}

/**
 * Makes a system root, with the reference alone: versions 1 and 2 are deployed, 3 has been fetched.
 * @param origin the repository that it follows, which is made too
 */
export function twoDeployments(root: string, origin: string, options: OsTreeOptions = {}): void {
  init(ost, origin, 'archive');
  mkdirSync(root);
  const repo = `--repo=${root}/ostree/repo`;
  const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };
  run(reference, ['admin', 'init-fs', '--modern', root]);
  run(reference, ['admin', `--sysroot=${root}`, 'os-init', 'test']);
  run(reference, ['config', repo, 'set', 'sysroot.bootloader', 'none']);
  run(reference, ['remote', 'add', repo, '--no-gpg-verify', 'origin', `file://${origin}`]);
  for (const version of [1, 2, 3]) {
    publish(origin, version, options);
    run(reference, ['pull-local', repo, '--remote=origin', origin, 'test/stable']);
    if (version === 3) break;
    const args = ['--os=test', '--karg=root=LABEL=main', '--karg=quiet', 'origin:test/stable'];
    run(reference, ['admin', `--sysroot=${root}`, 'deploy', ...args], { env });
  }
}

/** What {@link system} finds. */
export interface SystemState {
  readonly boot: readonly string[];
  readonly entries: readonly string[];
  readonly farm: readonly string[];
  readonly deploy: readonly string[];
  readonly refs: unknown;
}

/** Everything of a system root but its repository's objects. */
export function system(root: string): SystemState {
  const deploy = join(root, 'ostree/deploy');
  return {
    boot: listing(join(root, 'boot')),
    entries: readEntries(root),
    farm: listing(join(root, 'ostree')).filter((line) => line.startsWith('boot.')),
    deploy: listing(deploy).filter((line) => !/ostree\/repo/.test(line)),
    refs: refFiles(join(root, 'ostree/repo')),
  };
}

function readEntries(root: string): readonly string[] {
  const entries = join(root, 'boot/loader/entries');
  if (!existsSync(entries)) return [];
  return run({ name: 'sh', command: ['sh'] }, ['-c', 'for f in *; do echo "== $f"; cat "$f"; done'], {
    cwd: entries,
  }).split('\n');
}
