/** A disk that the machine boots from: one partition, extlinux as its bootloader, everything else put there by ost. */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capture, run } from '@ost-tools/trees';
import { MINIMAL_INIT, OST } from './tree.mjs';

const MIB = 1024 * 1024;
/** extlinux reads neither 64-bit block numbers nor the newer kinds of checksum. */
const FEATURES = '^64bit,^metadata_csum,^orphan_file';
const MBR = '/usr/lib/syslinux/mbr/mbr.bin';
/** Where the device finds new versions, on its own disk. */
const REMOTE = 'boot-test/repo';

/** @param {readonly string[]} args */
export const ost = (args) => run(process.execPath, [OST, ...args]);

/**
 * A partition table with one bootable partition from the first mebibyte to the end.
 *
 * @param {string} path @param {number} size in bytes
 */
async function partition(path, size) {
  const table = Buffer.alloc(512);
  (await readFile(MBR)).copy(table);
  table.writeUInt8(0x80, 446);
  table.writeUInt8(0x83, 450);
  table.writeUInt32LE(MIB / 512, 454);
  table.writeUInt32LE(size / 512 - MIB / 512, 458);
  table.writeUInt16LE(0xaa55, 510);
  await writeFile(path, table);
  await truncate(path, size);
}

/**
 * Runs `body` with the partition mounted.
 *
 * @param {string} image @param {string} at @param {(root: string) => Promise<void>} body
 */
async function mounted(image, at, body) {
  const device = capture('losetup', ['--find', '--show', '--offset', String(MIB), image])?.trim();
  if (!device) throw new Error(`${image}: no loop device`);
  try {
    await mkdir(at, { recursive: true });
    await run('mount', [device, at]);
    try {
      await body(at);
    } finally {
      await run('umount', [at]);
    }
  } finally {
    await run('losetup', ['--detach', device]);
  }
}

/** @param {string} root */
async function installBootloader(root) {
  await mkdir(join(root, 'boot/syslinux'), { recursive: true });
  await mkdir(join(root, 'boot/loader.0'));
  await symlink('loader.0', join(root, 'boot/loader'));
  await symlink('../loader/syslinux.cfg', join(root, 'boot/syslinux/syslinux.cfg'));
  await writeFile(join(root, 'boot/loader.0/syslinux.cfg'), 'SERIAL 0 115200\nPROMPT 0\nTIMEOUT 1\n');
  await run('extlinux', ['--install', join(root, 'boot/syslinux')]);
}

/**
 * Tells the boot record of the partition where it is: extlinux asked a loop device, which begins at 0.
 *
 * @param {string} image
 */
async function setHiddenSectors(image) {
  const file = await open(image, 'r+');
  const sectors = Buffer.alloc(4);
  sectors.writeUInt32LE(MIB / 512);
  await file.write(sectors, 0, 4, MIB + 28);
  await file.close();
}

/**
 * Makes the disk and deploys version one.
 *
 * @param {string} image
 * @param {{ one: string, two: string }} trees
 * @param {string} dir for what is needed meanwhile
 */
export async function makeImage(image, trees, dir) {
  const size = 2048 * MIB;
  const root = join(dir, 'mnt');
  await rm(image, { force: true });
  await partition(image, size);
  const blocks = String((size - MIB) / 4096);
  const mkfs = ['-q', '-F', '-b', '4096', '-L', 'boot-test', '-O', FEATURES, '-E', `offset=${MIB}`, image, blocks];
  await run('mkfs.ext4', mkfs);
  await mounted(image, root, async () => {
    await ost(['admin', 'init-fs', '--modern', root]);
    await installBootloader(root);
    const remote = join(root, REMOTE);
    await mkdir(join(root, 'boot-test'));
    await ost([`--repo=${remote}`, 'init', '--mode=archive']);
    for (const [branch, tree] of [
      ['os/one', trees.one],
      ['os/two', trees.two],
    ]) {
      await ost([
        `--repo=${remote}`,
        'commit',
        '-b',
        `${branch}`,
        '--bind-ref=os/stable',
        '-s',
        'Boot test',
        `--tree=dir=${tree}`,
      ]);
    }
    await ost([`--repo=${remote}`, 'refs', '--create=os/stable', 'os/one']);
    const repo = `--repo=${join(root, 'ostree/repo')}`;
    await ost(['admin', `--sysroot=${root}`, 'stateroot-init', 'debian']);
    await ost([repo, 'remote', 'add', '--no-gpg-verify', 'boot-test', `file:///sysroot/${REMOTE}`]);
    await ost([repo, 'pull-local', '--remote=boot-test', remote, 'os/stable']);
    const kargs = [
      'root=LABEL=boot-test',
      'rw',
      'console=ttyS0',
      'panic=-1',
      'systemd.show_status=false',
      'loglevel=4',
    ];
    const options = kargs.map((arg) => `--karg=${arg}`);
    await ost(['admin', `--sysroot=${root}`, 'deploy', '--os=debian', ...options, 'boot-test:os/stable']);
    // What the first upgrade finds.
    await ost([`--repo=${remote}`, 'refs', '--create=os/stable', '--force', 'os/two']);
    if (!existsSync(join(root, 'boot/loader/syslinux.cfg'))) throw new Error('No bootloader configuration was written');
  });
  await setHiddenSectors(image);
}

/**
 * Starts a shell instead of systemd from now on.
 *
 * @param {string} image @param {string} dir for what is needed meanwhile
 * @param {readonly [key: string, value: string]} [setting] of the configuration's group `sysroot`
 */
export async function useMinimalInit(image, dir, setting) {
  await mounted(image, join(dir, 'mnt'), async (root) => {
    await ost(['admin', `--sysroot=${root}`, 'instutil', 'set-kargs', '--merge', `--append=init=${MINIMAL_INIT}`]);
    if (setting === undefined) return;
    const [key, value] = setting;
    await ost([`--repo=${join(root, 'ostree/repo')}`, 'config', 'set', `sysroot.${key}`, value]);
  });
}
