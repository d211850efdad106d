/**
 * Turns an ordinary root file system into the layout that OSTree deploys: everything under /usr, the defaults of
 * /etc in /usr/etc, the kernel beside its modules, /var empty and the rest symbolic links into /var.
 */
import { existsSync, lstatSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a top-level name leads in a deployed system. */
const LINKS = /** @type {const} */ ([
  ['home', 'var/home'],
  ['root', 'var/roothome'],
  ['srv', 'var/srv'],
  ['mnt', 'var/mnt'],
  ['opt', 'var/opt'],
  ['media', 'run/media'],
  ['tmp', 'sysroot/tmp'],
  ['ostree', 'sysroot/ostree'],
]);

const EMPTY = ['boot', 'dev', 'proc', 'run', 'sys', 'sysroot', 'var'];

const TMPFILES = `# Made at first boot, because a deployed tree brings no /var content.
d /var/home 0755 root root -
d /var/roothome 0700 root root -
d /var/srv 0755 root root -
d /var/mnt 0755 root root -
d /var/opt 0755 root root -
d /var/usrlocal 0755 root root -
d /var/lib 0755 root root -
d /var/log 0755 root root -
d /run/media 0755 root root -
d /sysroot/tmp 1777 root root -
`;

/** @param {string} path */
const present = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * Moves the newest kernel and its initramfs from /boot to /usr/lib/modules/VERSION, and drops older kernels: a tree
 * boots one, and the way back is the deployment before it.
 *
 * @param {string} root
 * @returns {Promise<string>} the kernel's version
 */
async function moveKernel(root) {
  const boot = join(root, 'boot');
  const names = existsSync(boot) ? await readdir(boot) : [];
  const versions = names.filter((n) => n.startsWith('vmlinuz-')).map((n) => n.slice('vmlinuz-'.length));
  const version = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (version === undefined) throw new Error(`${boot}: no kernel named vmlinuz-VERSION`);
  const modules = join(root, 'usr/lib/modules', version);
  await mkdir(modules, { recursive: true });
  for (const other of await readdir(join(root, 'usr/lib/modules'))) {
    if (other !== version) await rm(join(root, 'usr/lib/modules', other), { recursive: true });
  }
  await rename(join(boot, `vmlinuz-${version}`), join(modules, 'vmlinuz'));
  const initrd = join(boot, `initrd.img-${version}`);
  if (existsSync(initrd)) await rename(initrd, join(modules, 'initramfs.img'));
  else await writeFile(join(modules, 'initramfs.img'), `stand-in initramfs for ${version}\n`);
  return version;
}

/**
 * @param {string} root a root file system; it is changed in place
 * @returns {Promise<{ kernel: string }>}
 */
export async function toOstreeLayout(root) {
  const usr = join(root, 'usr');
  const kernel = await moveKernel(root);

  // What the package manager keeps in /var belongs to the image: it describes /usr.
  const sysimage = join(usr, 'lib/sysimage');
  for (const name of ['dpkg', 'apt']) {
    const state = join(root, 'var/lib', name);
    if (!existsSync(state)) continue;
    await mkdir(sysimage, { recursive: true });
    await rename(state, join(sysimage, name));
  }
  await rm(join(sysimage, 'apt/lists'), { recursive: true, force: true });

  await rm(join(usr, 'etc'), { recursive: true, force: true });
  await rename(join(root, 'etc'), join(usr, 'etc'));
  for (const name of ['hostname', 'resolv.conf', 'machine-id', '.pwd.lock']) {
    await rm(join(usr, 'etc', name), { force: true });
  }
  await writeFile(join(usr, 'etc/machine-id'), '');

  if (present(join(usr, 'local'))) {
    await rm(join(usr, 'local'), { recursive: true });
  }
  await symlink('../var/usrlocal', join(usr, 'local'));
  await mkdir(join(usr, 'lib/tmpfiles.d'), { recursive: true });
  await writeFile(join(usr, 'lib/tmpfiles.d/ost-sample.conf'), TMPFILES);

  for (const name of EMPTY) {
    await rm(join(root, name), { recursive: true, force: true });
    await mkdir(join(root, name));
    await chmod(join(root, name), 0o755);
  }
  for (const [name, target] of LINKS) {
    await rm(join(root, name), { recursive: true, force: true });
    await symlink(target, join(root, name));
  }
  return { kernel };
}

/**
 * Copies a tree with modes, times, owners (as root) and hard links kept.
 *
 * @param {string} from
 * @param {string} to
 * @param {(command: string, args: readonly string[]) => Promise<void>} run
 */
export async function copyTree(from, to, run) {
  await rm(to, { recursive: true, force: true });
  if (process.platform === 'linux') await run('cp', ['-a', '--reflink=auto', from, to]);
  else await cp(from, to, { recursive: true, verbatimSymlinks: true });
}
