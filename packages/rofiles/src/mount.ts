import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { MNT_DETACH, MS, mount, receiveFd, socketPair, umount } from '@ost/linux';
import type { MountOptions } from './mount-options.js';

const SUBTYPE = 'rofiles-fuse';
/** The program that mounts for users who are not root. */
const HELPER = 'fusermount3';

/** A mounted FUSE. */
export interface Mounted {
  /** Where requests come from; `/dev/fuse`. */
  readonly fd: number;
  /** Detaches the mount; what is open in it stays usable. */
  unmount(): Promise<void>;
}

/** Mounts an empty FUSE: as root through the kernel, else through `fusermount3`. */
export async function mountFuse(target: string, options: MountOptions): Promise<Mounted> {
  if (!fs.statSync(target).isDirectory()) throw new Error(`fuse: bad mount point '${target}': Not a directory`);
  return process.geteuid?.() === 0 ? mountAsRoot(target, options) : mountAsUser(target, options);
}

function mountAsRoot(target: string, options: MountOptions): Mounted {
  const fd = fs.openSync('/dev/fuse', 'r+');
  const ids = `user_id=${process.getuid?.() ?? 0},group_id=${process.getgid?.() ?? 0}`;
  const data = [`fd=${fd},rootmode=40000,${ids}`, ...options.kernel].join(',');
  try {
    mount({ source: options.source, target, type: `fuse.${SUBTYPE}`, flags: options.flags, data });
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
  return { fd, unmount: async () => umount(target, MNT_DETACH) };
}

async function mountAsUser(target: string, options: MountOptions): Promise<Mounted> {
  const names = Object.entries({ ro: MS.RDONLY, noexec: MS.NOEXEC }).filter(([, bit]) => (options.flags & bit) !== 0);
  const list = [`fsname=${options.source},subtype=${SUBTYPE}`, ...names.map(([name]) => name), ...options.kernel];
  const [ours, theirs] = socketPair();
  try {
    await help(['-o', list.join(','), '--', target], theirs);
    const fd = receiveFd(ours);
    if (fd === null) throw new Error(`${HELPER} sent no descriptor`);
    return { fd, unmount: () => help(['-u', '-z', '--', target]) };
  } finally {
    fs.closeSync(ours);
    fs.closeSync(theirs);
  }
}

/** Runs the helper; what it has to say goes to our own standard error. */
async function help(args: readonly string[], socket?: number): Promise<void> {
  const child = spawn(HELPER, args, {
    stdio: ['ignore', 'ignore', 'inherit', ...(socket === undefined ? [] : [socket])],
    env: { ...process.env, ...(socket === undefined ? {} : { _FUSE_COMMFD: '3' }) },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${HELPER} failed`);
}
