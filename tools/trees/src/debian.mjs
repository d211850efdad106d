/** A small Debian, bootstrapped from whatever mirror the machine's own apt uses. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { capture, hasCommand, run } from './exec.mjs';

/**
 * @typedef {object} Mirrors
 * @property {string} suite code name, such as `bookworm`
 * @property {string} main
 * @property {string | undefined} security
 */

/**
 * Asks apt where this machine gets Debian from.
 *
 * @returns {Mirrors | undefined} undefined when the machine is no Debian
 */
export function findMirrors() {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(capture('cat', ['/etc/os-release']) ?? '')?.[1];
  const targets = capture('apt-get', ['indextargets', '--format', '$(CODENAME) $(COMPONENT) $(SITE) $(CREATED_BY)']);
  if (codename === undefined || targets === undefined) return undefined;
  const rows = targets
    .split('\n')
    .map((line) => line.split(' '))
    .filter((row) => row[1] === 'main' && row[3] === 'Packages');
  const main = rows.find((row) => row[0] === codename)?.[2];
  const security = rows.find((row) => row[0] === `${codename}-security`)?.[2];
  return main === undefined ? undefined : { suite: codename, main, security };
}

/**
 * Says why a Debian tree cannot be made here.
 *
 * @returns {string | undefined} undefined when it can
 */
export function debianObstacle() {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!hasCommand('debootstrap')) return 'debootstrap is not installed';
  if (findMirrors() === undefined) return 'no Debian mirror is configured';
  return undefined;
}

/**
 * @param {string} root
 * @param {readonly string[]} packages
 * @param {{ log: string, upgrade?: boolean, refresh?: boolean }} options
 */
export async function installPackages(root, packages, options) {
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  // Services must not start in the tree, and the tree must resolve names as this machine does.
  const policy = join(root, 'usr/sbin/policy-rc.d');
  await writeFile(policy, '#!/bin/sh\nexit 101\n');
  await chmod(policy, 0o755);
  await writeFile(join(root, 'etc/resolv.conf'), await readFile('/etc/resolv.conf'));
  /** @param {string[]} args */
  const apt = (args) => run('chroot', [root, 'apt-get', '-q', '-y', ...args], { env, log: options.log });
  if (options.refresh !== false) await apt(['update']);
  if (options.upgrade) await apt(['dist-upgrade']);
  if (packages.length > 0) await apt(['install', '--no-install-recommends', ...packages]);
  await apt(['clean']);
  await rm(policy);
}

/**
 * Makes a root file system at `root`, complete or not at all.
 *
 * @param {string} root
 * @param {{ packages: readonly string[], log: string }} options
 */
export async function debootstrap(root, options) {
  const mirrors = findMirrors();
  if (mirrors === undefined) throw new Error('No Debian mirror is configured');
  const partial = `${root}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(root), { recursive: true });
  const args = ['--variant=minbase', '--merged-usr', mirrors.suite, partial, mirrors.main];
  await run('debootstrap', args, { log: options.log });
  await installPackages(partial, options.packages, { log: options.log, refresh: false });
  await rename(partial, root);
}

/**
 * Adds the security archive, so that an upgrade of the tree changes what a real one would.
 *
 * @param {string} root
 */
export async function addSecurityArchive(root) {
  const mirrors = findMirrors();
  if (mirrors?.security === undefined) return;
  const list = join(root, 'etc/apt/sources.list.d/security.list');
  if (existsSync(list)) return;
  await writeFile(list, `deb ${mirrors.security} ${mirrors.suite}-security main\n`);
}
