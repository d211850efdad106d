import * as fs from 'node:fs';
import { runHere, sharedPool } from '../pool/pool.js';
import { hashFilesTask } from '../pool/tasks.js';

/** Files that together are smaller are hashed before a thread has started. */
const WORTH_A_THREAD = 8 << 20;

/**
 * The SHA-256, in hexadecimal, of all bytes of files, one after the other: by a worker thread when there are many, so that
 * the caller can do something else meanwhile.
 * @param files absolute paths
 */
export async function hashFiles(files: readonly string[]): Promise<string> {
  const size = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
  return size < WORTH_A_THREAD ? runHere(hashFilesTask, files) : sharedPool().run(hashFilesTask, files);
}
