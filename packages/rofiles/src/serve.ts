import * as fs from 'node:fs';
import { openDir } from '@ost/linux';
import { directoryHandlers } from './directories.js';
import { fileHandlers } from './files.js';
import { Guard } from './guard.js';
import { parseMountOptions } from './mount-options.js';
import { mountFuse } from './mount.js';
import { nameHandlers, type View } from './names.js';
import { NodeTable } from './node-table.js';
import { Session } from './session.js';
import { xattrHandlers } from './xattrs.js';

/** Options of {@link serveRofiles}. */
export interface RofilesOptions {
  /** Give a shared file a copy of its own when it is about to be changed, instead of refusing. @default false */
  readonly copyUp?: boolean;
  /** Options of the mount, as after `mount -o`. */
  readonly mountOptions?: readonly string[];
  /** Unmounts. */
  readonly signal?: AbortSignal;
  /** Called when the view is there. */
  readonly onMounted?: () => void;
}

/**
 * Shows a directory at another place where files that have several names cannot be changed: what a checkout of hard
 * links needs so that nothing writes into the repository. Resolves when it is unmounted.
 *
 * The calling thread does little else meanwhile, and must not touch the mount itself. New files get the process's umask
 * on top of their maker's; set it to 0.
 */
export async function serveRofiles(base: string, mountPoint: string, options: RofilesOptions = {}): Promise<void> {
  const mountOptions = parseMountOptions(options.mountOptions ?? []);
  // By its descriptor the directory is found even where the mount hides it.
  const directory = openDir(base);
  try {
    const mounted = await mountFuse(mountPoint, mountOptions);
    const ended = new AbortController();
    const failed = new Promise<never>((_, reject) => {
      const unmount = (): void => void mounted.unmount().catch(reject);
      if (options.signal?.aborted === true) unmount();
      options.signal?.addEventListener('abort', unmount, { signal: ended.signal });
    });
    try {
      const view: View = {
        nodes: new NodeTable(`/proc/self/fd/${directory}`),
        guard: new Guard(options.copyUp ?? false),
        cache: mountOptions.cache,
      };
      const handlers = {
        ...nameHandlers(view),
        ...fileHandlers(view),
        ...directoryHandlers(view),
        ...xattrHandlers(view),
      };
      const session = new Session(mounted.fd, handlers);
      options.onMounted?.();
      await Promise.race([session.run(), failed]);
    } finally {
      ended.abort();
      fs.closeSync(mounted.fd);
    }
  } finally {
    fs.closeSync(directory);
  }
}
