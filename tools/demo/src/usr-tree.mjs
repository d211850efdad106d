/** Two versions of a tree out of the machine's own /usr, with a stand-in kernel: for those who cannot make a Debian. */
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTree, run, toOstreeLayout } from '@ost-tools/trees';
import { changeToVersion2, markVersion1 } from './versions.mjs';

const KERNEL = '1.0.0-stand-in';
const KERNEL_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;
const LARGEST = 16 * MIB;
const MOST_FILES = 4000;

/** How much of each directory is taken. */
const SOURCES = /** @type {const} */ ([
  ['usr/bin', 60 * MIB],
  ['usr/sbin', 20 * MIB],
  ['usr/lib', 80 * MIB],
  ['usr/share/doc', 20 * MIB],
  ['usr/share/locale', 10 * MIB],
]);
const QUICK = 10;

/** Small configuration that every system has and that tells nothing about this one. */
const CONFIG = ['bash.bashrc', 'profile', 'protocols', 'services', 'shells'];

/** @typedef {{ bytes: number, files: number }} Budget */

/**
 * Copies what can be read, until the budget is used up. Owners become the user, and set-uid bits go.
 *
 * @param {string} from
 * @param {string} to
 * @param {Budget} budget
 */
async function copySome(from, to, budget) {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  await mkdir(to, { recursive: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (budget.bytes <= 0 || budget.files <= 0) return;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      // Other deployments and kernels are no part of this tree.
      if (!/\/lib\/(?:modules|firmware|ostree-boot)$/.test(source)) await copySome(source, target, budget);
    } else if (entry.isSymbolicLink()) {
      await symlink(await readlink(source), target);
      budget.files--;
    } else if (entry.isFile()) {
      const { size, mode } = await lstat(source);
      if (size > LARGEST || size > budget.bytes) continue;
      try {
        await copyFile(source, target, constants.COPYFILE_FICLONE);
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EACCES') continue;
        throw error;
      }
      await chmod(target, (mode & 0o755) | 0o600);
      budget.bytes -= size;
      budget.files--;
    }
  }
}

/** @param {number} size */
function standIn(size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0, x = 1; i < size; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

/**
 * @param {string} root
 * @param {boolean} quick
 */
async function copyUsr(root, quick) {
  for (const [path, bytes] of SOURCES) {
    const share = quick ? QUICK : 1;
    await copySome(join('/', path), join(root, path), { bytes: bytes / share, files: MOST_FILES / share });
  }
  for (const name of ['bin', 'lib', 'sbin']) await symlink(`usr/${name}`, join(root, name));
  await mkdir(join(root, 'etc'));
  for (const name of CONFIG) {
    const text = await readFile(join('/etc', name)).catch(() => undefined);
    if (text !== undefined) await writeFile(join(root, 'etc', name), text);
  }
  await mkdir(join(root, 'usr/lib'), { recursive: true });
  const release = await readFile('/etc/os-release', 'utf8').catch(() => 'ID=linux\nPRETTY_NAME="Linux"\n');
  await writeFile(join(root, 'usr/lib/os-release.new'), release);
  await run('mv', ['-f', join(root, 'usr/lib/os-release.new'), join(root, 'usr/lib/os-release')]);
  await symlink('../usr/lib/os-release', join(root, 'etc/os-release'));
  await mkdir(join(root, 'boot'));
  await writeFile(join(root, 'boot', `vmlinuz-${KERNEL}`), standIn(KERNEL_BYTES));
  await mkdir(join(root, 'usr/lib/modules', KERNEL), { recursive: true });
}

/**
 * @param {import('./steps.mjs').Steps} steps
 * @param {string} dir
 * @param {boolean} quick
 * @returns {Promise<import('./tree.mjs').Tree>}
 */
export async function usrTree(steps, dir, quick) {
  const [v1, v2] = [join(dir, 'v1'), join(dir, 'v2')];
  await mkdir(v1, { recursive: true });
  await steps.task("a copy of parts of this machine's /usr, with a stand-in for the kernel", async () => {
    await copyUsr(v1, quick);
    await toOstreeLayout(v1);
    await markVersion1(v1);
  });
  await steps.task('a copy of that, with changes', async () => {
    await copyTree(v1, v2, run);
    await changeToVersion2(v2);
  });
  const description = `parts of this machine's /usr${quick ? ' (small)' : ''} with a stand-in kernel`;
  return { description, v1, v2, cached: false };
}
