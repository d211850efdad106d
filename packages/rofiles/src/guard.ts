import * as fs from 'node:fs';
import { getFlags, isLinuxError } from '@ost/linux';
import { copyUp } from './copy-up.js';
import { readOnly } from './errno.js';

const FS_VERITY_FL = 0x100000;

/** Keeps files that have other names from being changed under this one. */
export class Guard {
  /** @param mayCopy give such a file a copy of its own instead of refusing */
  constructor(private readonly mayCopy: boolean) {}

  /** Called before a file is changed; returns when that is harmless, or throws EROFS. */
  beforeChange(path: Buffer): void {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || isWritable(path, stat)) return;
    if (!this.mayCopy) throw readOnly();
    copyUp(path);
  }
}

function isWritable(path: Buffer, stat: fs.Stats): boolean {
  if (stat.isSymbolicLink()) return stat.nlink <= 1;
  if (!stat.isFile()) return true;
  return stat.nlink <= 1 && !isSealed(path);
}

/** Whether a file's content is sealed by fs-verity. */
function isSealed(path: Buffer): boolean {
  try {
    return (getFlags(path) & FS_VERITY_FL) !== 0;
  } catch (error) {
    // A file system without flags, or a file that may not be opened and so not be sealed by the same user either.
    if (isLinuxError(error) || (error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}
