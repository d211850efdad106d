import { closeSync, fchmodSync, fdatasyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';

/** Replaces a file by a synced temporary one of mode 0644; readers see the old or the new content. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.tmp-${randomBytes(6).toString('hex')}`);
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeFileSync(fd, content);
      fchmodSync(fd, 0o644);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}
