import * as fs from 'node:fs';
import { nodeHash } from '../platform/hash.js';

/** The SHA-256, in hexadecimal, of all bytes of files, one after the other, on the thread that runs it. */
export function run(files: readonly string[]): string {
  const hasher = nodeHash.create();
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  for (const file of files) {
    const fd = fs.openSync(file, 'r');
    try {
      for (let count = fs.readSync(fd, buffer); count > 0; count = fs.readSync(fd, buffer)) {
        hasher.update(buffer.subarray(0, count));
      }
    } finally {
      fs.closeSync(fd);
    }
  }
  return hasher.digest();
}
