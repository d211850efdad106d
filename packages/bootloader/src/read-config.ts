import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OstError } from '@ost/objects';

/** The text of a bootloader's own configuration file, which must be there. */
export function readConfig(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new OstError('not-found', `openat(${path}): No such file or directory`, { cause, data: { path } });
  }
}
