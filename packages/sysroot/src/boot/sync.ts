import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { once } from 'node:events';
import { OstError } from '@ost/objects';
import { freezeFs, isLinuxError, syncfs, thawFs } from '@ost/linux';
import type { Sysroot } from '../sysroot.js';
import { codeOf } from '../errors.js';

const CANNOT_FREEZE = new Set(['ENOTSUP', 'ENOSYS', 'EPERM', 'EBUSY', 'ENOTTY']);

/** Makes everything durable that the next boot needs: the system's file system, then `/boot`. */
export async function syncSystem(sysroot: Sysroot): Promise<void> {
  if (sysroot.repo.config.fsync) withDirectory(sysroot.layout.repo, syncfs);
  await settleBoot(sysroot);
}

/**
 * Makes `/boot` readable for bootloaders that cannot replay a journal, by a freeze and thaw; else by `syncfs`.
 *
 * The freeze happens on the running system only: in a mounted image its file system may be the host's own, and
 * the image is unmounted before it is booted anyway.
 */
export async function settleBoot(sysroot: Sysroot): Promise<void> {
  if (sysroot.debug.testFifreeze === true) rehearseFreeze(sysroot);
  const boot = sysroot.layout.at('boot');
  const fd = fs.openSync(boot, 'r');
  try {
    const running = sysroot.booted !== null && sysroot.runningRoot === '/';
    if (!running || !(await freezeCycle(fd, boot))) syncfs(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Freezes and thaws at once, while a helper process waits that thaws if this one dies in between.
 * @returns false when there is no freezing here
 */
async function freezeCycle(fd: number, path: string): Promise<boolean> {
  const script =
    'trap "" INT TERM; command -v fsfreeze >/dev/null || exit 1; echo ready; read line; ' +
    '[ "$line" = done ] || fsfreeze --unfreeze "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'sh', path], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const exited = once(watchdog, 'close').catch(() => undefined);
  const ready = await Promise.race([once(watchdog.stdout, 'data').then(() => true), exited.then(() => false)]);
  if (!ready) return false;
  try {
    // No JavaScript of ours and no await in between: nothing here can wait for the frozen file system.
    freezeFs(fd);
    thawFs(fd);
    return true;
  } catch (error) {
    if (isLinuxError(error) && error.syscall.includes('FITHAW') && codeOf(error) === 'EINVAL') return true;
    if (isLinuxError(error) && CANNOT_FREEZE.has(error.code)) return false;
    throw error;
  } finally {
    watchdog.stdin.end('done\n');
    await exited;
  }
}

function rehearseFreeze(sysroot: Sysroot): never {
  sysroot.emit({ type: 'freeze-watchdog', text: 'fifreeze watchdog was run' });
  throw new OstError('state', 'During fsfreeze-thaw: aborting due to test-fifreeze');
}

function withDirectory(path: string, body: (fd: number) => void): void {
  const fd = fs.openSync(path, 'r');
  try {
    body(fd);
  } finally {
    fs.closeSync(fd);
  }
}
