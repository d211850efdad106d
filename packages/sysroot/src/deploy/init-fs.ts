import * as fs from 'node:fs';
import { join } from 'node:path';
import { OstError } from '@ost/objects';
import { initRepo } from '@ost/repo';
import { asOstError } from '../errors.js';
import { isDirectory, makeDirs } from '../files/files.js';
import { assertStaterootName } from '../state/layout.js';
import type { Sysroot } from '../sysroot.js';

/** Options of {@link initFs}. */
export interface InitFsOptions {
  /**
   * What to make besides `ostree` and `boot`: 0 also the directories of a traditional root; 1 nothing more; 2 like 1
   * with `ostree` for root only. @default 0
   */
  readonly epoch?: number;
}

/** Makes an existing directory a system root, with an empty repository. */
export async function initFs(root: string, options: InitFsOptions = {}): Promise<void> {
  const epoch = options.epoch ?? 0;
  if (epoch < 0) throw new OstError('invalid-argument', `Invalid epoch: ${epoch}`);
  if (!isDirectory(root)) throw new OstError('not-found', `opendir(${root}): No such file or directory`);
  if (epoch === 0) {
    for (const name of ['dev', 'home', 'proc', 'run', 'sys']) directory(join(root, name), 0o755);
    directory(join(root, 'root'), 0o700);
    directory(join(root, 'tmp'), 0o1777);
  }
  if (epoch === 2) directory(join(root, 'ostree'), 0o700);
  directory(join(root, 'boot'), 0o755);
  directory(join(root, 'ostree'), 0o755);
  directory(join(root, 'ostree/deploy'), 0o755);
  await initRepo(join(root, 'ostree/repo'), { mode: 'bare' });
}

/** Makes a directory with exactly this mode; an existing one stays as it is. */
function directory(path: string, mode: number): void {
  if (isDirectory(path)) return;
  fs.mkdirSync(path);
  fs.chmodSync(path, mode);
}

/** Options of {@link initStateroot}. */
export interface InitStaterootOptions {
  /**
   * Fill `/var` with the directories that systems without tmpfiles.d count on. Otherwise it stays empty, and the
   * first deployment brings its own. @default true
   */
  readonly fillVar?: boolean;
}

/** Adds an operating system: the directory of its deployments and its shared `/var`. Needs the lock. */
export function initStateroot(sysroot: Sysroot, os: string, options: InitStaterootOptions = {}): void {
  assertStaterootName(os);
  makeDirs(sysroot.layout.deployRoot, 0o755);
  try {
    fs.mkdirSync(sysroot.layout.stateroot(os));
  } catch (error) {
    throw asOstError(error, `Creating ostree/deploy/${os}`);
  }
  const root = join(sysroot.layout.stateroot(os), 'var');
  fs.mkdirSync(root);
  if (options.fillVar !== false) fillVar(root);
  sysroot.changed();
}

/** The traditional content of `/var`; what exists stays. */
export function fillVar(path: string): void {
  directory(join(path, 'tmp'), 0o1777);
  if (!isDirectory(join(path, 'lib'))) fs.mkdirSync(join(path, 'lib'));
  directory(join(path, 'log'), 0o755);
  for (const name of ['run', 'lock']) {
    try {
      fs.symlinkSync(name === 'run' ? '../run' : '../run/lock', join(path, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
