import * as fs from 'node:fs';
import { join } from 'node:path';
import { fallocate, isLinuxError, statvfs } from '@ost/linux';
import { isChecksum } from '@ost/objects';
import { identityOf } from '../state/booted.js';
import type { Deployment } from '../state/deployment.js';
import type { Sysroot } from '../sysroot.js';
import { isDirectory, namesIn, temporaryBeside } from '../files/files.js';
import { findKernel, type KernelLayout } from '../tree/kernel.js';

/** Left free beside the kernels themselves, for entries and directories. */
const MARGIN = 1024 * 1024;

/** What must happen before a list of deployments fits into `/boot`. */
export type BootSpace = 'fits' | 'prune-first' | 'too-small';

/** Whether the system runs, and its `/boot` is a file system of its own. Elsewhere kernels are links and take no space. */
export function hasBootOfItsOwn({ booted, layout }: Sysroot): boolean {
  const boot = layout.at('boot');
  return booted !== null && isDirectory(boot) && identityOf(boot).dev !== identityOf(layout.repo).dev;
}

/**
 * Whether the kernels of a new list fit into a `/boot` of its own beside those that are there; if not, whether they do
 * once the kernels that the new list does not need are gone.
 */
export function bootSpaceFor(sysroot: Sysroot, wanted: readonly Deployment[]): BootSpace {
  const { layout } = sysroot;
  const boot = layout.at('boot');
  const block = statvfs(boot).blockSize;
  const present = installedSizes(layout.at('boot/ostree'), block);
  const added = new Map<string, number>();
  for (const deployment of wanted) {
    if (present.has(deployment.bootChecksum) || deployment.staged) continue;
    const checksumOf = (): string => deployment.bootChecksum;
    const kernel = findKernel(deployment.path, { noDtb: sysroot.debug.noDtb ?? false, checksumOf });
    added.set(deployment.bootChecksum, kernelSize(kernel, block));
  }
  const needed = sum(added.values());
  if (needed === 0 || hasRoom(boot, needed)) return 'fits';
  const kept = new Set(wanted.map((deployment) => deployment.bootChecksum));
  const freeable = sum([...present].filter(([checksum]) => !kept.has(checksum)).map(([, size]) => size));
  return needed <= freeable || hasRoom(boot, needed - freeable) ? 'prune-first' : 'too-small';
}

function sum(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}

/** Bytes that each installed kernel takes, by boot checksum. */
function installedSizes(dir: string, block: number): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const name of namesIn(dir)) {
    const checksum = name.slice(name.lastIndexOf('-') + 1);
    if (!name.includes('-') || !isChecksum(checksum)) continue;
    sizes.set(checksum, (sizes.get(checksum) ?? 0) + sizeOf(join(dir, name), block));
  }
  return sizes;
}

function kernelSize(kernel: KernelLayout, block: number): number {
  const { initramfs, devicetree, dtb, hmac, aboot } = kernel;
  const files = [kernel.kernel, initramfs, devicetree, dtb, hmac, aboot].filter((file) => file !== undefined);
  return sum(files.map((file) => sizeOf(join(kernel.dir, file.source), block)));
}

/** Size of a file or of all files below a directory, each in whole blocks. */
function sizeOf(path: string, block: number): number {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return Math.ceil(stat.size / block) * block;
  return sum(fs.readdirSync(path).map((name) => sizeOf(join(path, name), block)));
}

/** Reserves the space, because what a file system calls free is not always there to be had. */
function hasRoom(boot: string, bytes: number): boolean {
  const probe = temporaryBeside(join(boot, 'probe'));
  const fd = fs.openSync(probe, 'wx', 0o600);
  try {
    fs.unlinkSync(probe);
    fallocate(fd, 0, bytes + MARGIN);
    return true;
  } catch (error) {
    if (isLinuxError(error) && error.code === 'ENOSPC') return false;
    if (isLinuxError(error) && (error.code === 'ENOSYS' || error.code === 'EOPNOTSUPP' || error.code === 'ENOTSUP')) {
      return true;
    }
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}
