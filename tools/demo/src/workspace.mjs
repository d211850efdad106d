/** The directory of the result: made, recognised and emptied, but never somebody else's. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capture } from '@ost-tools/trees';

const MARKER = '.ost-demo';
const RESULTS = ['server', 'device', 'gnupg', 'trees'];

/**
 * Deletes a tree, also one whose deployments libostree made immutable.
 *
 * @param {string} path
 */
async function remove(path) {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') throw error;
    capture('chattr', ['-R', '-f', '-i', path]);
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * Leaves only the cache of an earlier run.
 *
 * @param {string} dir
 */
export async function prepareWorkspace(dir) {
  const names = existsSync(dir) ? await readdir(dir) : [];
  if (names.length > 0 && !names.includes(MARKER)) {
    throw new Error(`${dir}: this directory is not from the demo; name another one with OST_DEMO_DIR`);
  }
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, MARKER), 'The demo may delete what is in this directory.\n');
    for (const name of RESULTS) await remove(join(dir, name));
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    throw new Error(`${message}\n${dir} belongs to another user; name another directory with OST_DEMO_DIR`, {
      cause: error,
    });
  }
}
