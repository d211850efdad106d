import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum } from '@ost/objects';
import { temporaryName } from '../platform/files.js';
import type { StoredFile } from '../store/stored-file.js';
import { copyFile } from './copy-file.js';

/** The unpacked form of an archived file in the repository's cache, made when it is missing (repository format, "Uncompressed cache"). */
export async function cachedFile(repo: string, file: StoredFile, checksum: Checksum): Promise<string> {
  const directory = path.join(repo, 'uncompressed-objects-cache', checksum.slice(0, 2));
  const cached = path.join(directory, `${checksum.slice(2)}.file`);
  if (fs.existsSync(cached)) return cached;
  fs.mkdirSync(directory, { recursive: true });
  const temporary = path.join(repo, 'tmp', temporaryName('.tmp-'));
  await copyFile(file, temporary, { userMode: true, relabel: false, disableXattrs: true });
  fs.renameSync(temporary, cached);
  return cached;
}
