/** The operating system of the test: a small Debian with `ost` and its boot support, in two versions. */
import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyTree, debootstrap, installPackages, run, toOstreeLayout } from '@ost-tools/trees';

const APP = resolve(import.meta.dirname, '../../../apps/ost');
export const OST = join(APP, 'bin/ost.js');

/** @param {string} text */
function words(text) {
  return text.trim().split(/\s+/);
}

const PACKAGES = ['systemd-sysv', 'udev', 'kmod', 'initramfs-tools', 'cpio', 'zstd'];
const KERNEL = 'linux-image-cloud-amd64';
/** A machine that boots often carries no more than it needs. */
const UNNEEDED = words(`
  share/doc share/man share/locale share/info share/zoneinfo share/i18n share/perl5 share/bash-completion share/bug
  share/keyrings share/common-licenses share/initramfs-tools share/lintian lib/x86_64-linux-gnu/perl-base
  lib/x86_64-linux-gnu/gconv lib/sysimage/dpkg/info lib/klibc lib/apt`);
const UNNEEDED_UNITS = words(`
  getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_reap.service
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
  sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount kmod-static-nodes.service modprobe@.service
  systemd-udev-trigger.service systemd-journal-flush.service systemd-random-seed.service systemd-pstore.service
  systemd-sysusers.service systemd-update-utmp.service`);
/** The modules that this machine needs after its initramfs is left. */
const MODULES = /^(virtio|overlay|loop)/;

const AGENT = `#!/bin/sh
# Runs what comes over the second serial port, one line at a time.
stty raw -echo
printf '@ready\\n'
while IFS= read -r line; do
  (eval "$line") </dev/null 2>&1
  printf '@done %s\\n' "$?"
done
`;

/** In the place of systemd, where a machine only has to start and die. */
const INIT = `#!/bin/sh
export PATH=/usr/sbin:/usr/bin HOME=/var/roothome
mount --bind /sysroot/ostree/deploy/debian/var /var
mount --bind /sysroot/boot /boot
exec setsid /usr/lib/boot-test/agent <>/dev/ttyS1 >&0
`;
export const MINIMAL_INIT = '/usr/lib/boot-test/init';

const AGENT_UNIT = `[Unit]
Description=Shell of the boot test
After=local-fs.target systemd-tmpfiles-setup.service
Conflicts=shutdown.target

[Service]
ExecStart=/usr/lib/boot-test/agent
Environment=PATH=/usr/sbin:/usr/bin HOME=/var/roothome
StandardInput=tty
StandardOutput=tty
TTYPath=/dev/ttyS1
# What it started goes on when it stops: a shutdown is asked for from here.
KillMode=process

[Install]
WantedBy=multi-user.target
`;

/** A check that a tree must pass before a boot counts as good. */
const HEALTH_UNIT = `[Unit]
Description=Health check of the boot test
Before=boot-complete.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=test ! -e /var/lib/state/broken
`;

/** @param {string} root */
async function installOst(root) {
  const lib = join(root, 'usr/lib/ost');
  await mkdir(join(lib, 'node_modules'), { recursive: true });
  for (const name of ['bin', 'dist', 'boot-support', 'package.json']) {
    await cp(join(APP, name), join(lib, name), { recursive: true });
  }
  const koffi = await realpath(join(APP, 'node_modules/koffi'));
  await cp(koffi, join(lib, 'node_modules/koffi'), {
    recursive: true,
    filter: (path) => !/\/(vendor|doc)$/.test(path),
  });
  const platform = join(koffi, '../@koromix');
  await cp(platform, join(lib, 'node_modules/@koromix'), { recursive: true, dereference: true });
  await cp(process.execPath, join(root, 'usr/bin/node'));
  for (const name of ['ost', 'ostree']) await symlink('../lib/ost/bin/ost.js', join(root, 'usr/bin', name));
}

/** @param {string} root */
async function installAgent(root) {
  const units = join(root, 'etc/systemd/system');
  await mkdir(join(root, 'usr/lib/boot-test'), { recursive: true });
  for (const [name, text] of [
    ['usr/lib/boot-test/agent', AGENT],
    [MINIMAL_INIT, INIT],
  ]) {
    await writeFile(join(root, `${name}`), `${text}`);
    await chmod(join(root, `${name}`), 0o755);
  }
  await writeFile(join(root, 'usr/lib/systemd/system/boot-test.service'), AGENT_UNIT);
  await mkdir(join(units, 'multi-user.target.wants'), { recursive: true });
  await symlink('/usr/lib/systemd/system/boot-test.service', join(units, 'multi-user.target.wants/boot-test.service'));
  const health = 'usr/lib/systemd/system/boot-test-health.service';
  await writeFile(join(root, health), HEALTH_UNIT);
  await mkdir(join(units, 'boot-complete.target.requires'));
  await symlink(`/${health}`, join(units, 'boot-complete.target.requires/boot-test-health.service'));
  for (const unit of UNNEEDED_UNITS) {
    await rm(join(units, unit), { force: true });
    await symlink('/dev/null', join(units, unit));
  }
  await rm(join(root, 'etc/resolv.conf'), { force: true });
}

/** @param {string} dir */
async function trimModules(dir) {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await trimModules(path);
    else if (!MODULES.test(entry.name)) await rm(path);
  }
}

/** @param {string} root @param {string} version */
async function setVersion(root, version) {
  const osRelease = join(root, 'usr/lib/os-release');
  const text = await readFile(osRelease, 'utf8');
  await writeFile(osRelease, `${text.replaceAll(/^VERSION_ID=.*\n/gm, '')}VERSION_ID=${version}\n`);
  await writeFile(join(root, 'usr/share/boot-test-version'), `${version}\n`);
  await writeFile(join(root, 'usr/etc/boot-test.conf'), `default of version ${version}\n`);
}

/**
 * @param {string} dir what is made stays there for the next run
 * @param {(message: string) => void} say
 * @returns {Promise<{ one: string, two: string }>}
 */
export async function makeTrees(dir, say) {
  const [one, two, raw, base] = ['one', 'two', 'raw', 'base'].map((name) => join(dir, name));
  if (!one || !two || !raw || !base) throw new Error('unreachable');
  const log = join(dir, 'trees.log');
  await mkdir(dir, { recursive: true });
  if (!existsSync(base)) {
    say(`bootstrapping Debian (log in ${log})`);
    await debootstrap(base, { packages: PACKAGES, log });
  }
  say('installing ost, its boot support and the kernel');
  await copyTree(base, raw, run);
  await installOst(raw);
  await run(process.execPath, [OST, 'admin', 'install-boot-support', `--root=${raw}`]);
  await writeFile(join(raw, 'etc/initramfs-tools/conf.d/boot-test'), 'MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n');
  await appendFile(join(raw, 'etc/initramfs-tools/modules'), 'virtio_pci\nvirtio_blk\next4\n');
  await installPackages(raw, [KERNEL], { log, refresh: false });
  await installAgent(raw);
  const { kernel } = await toOstreeLayout(raw);
  for (const name of UNNEEDED) await rm(join(raw, 'usr', name), { recursive: true, force: true });
  await trimModules(join(raw, 'usr/lib/modules', kernel, 'kernel'));
  await rm(one, { recursive: true, force: true });
  await rename(raw, one);
  await copyTree(one, two, run);
  // A kernel ignores zeros after its initramfs; the boot checksum does not.
  await appendFile(join(two, 'usr/lib/modules', kernel, 'initramfs.img'), Buffer.alloc(4096));
  await setVersion(one, '1');
  await setVersion(two, '2');
  return { one, two };
}

/** What the machine that runs the test must have. */
export const PROGRAMS = ['qemu-system-x86_64', 'debootstrap', 'mkfs.ext4', 'extlinux', 'losetup'];
