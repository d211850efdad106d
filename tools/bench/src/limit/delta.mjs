import * as fs from 'node:fs';
import { decodeXz, openDelta } from '@ost/deltas';
import { put } from './objects.mjs';

/** The names of the parts of a delta, each with its objects and their bytes behind it. @param {string} delta */
export async function partsOf(delta) {
  const { parts } = (await openDelta(delta)).superblock;
  // The largest first: then all threads end at about the same time.
  const largest = [...parts.entries()].sort(([, a], [, b]) => b.size - a.size);
  return largest.map(([i, { objects, usize }]) => `/${i}?${objects.length}?${usize}`);
}

/** Decompresses a part, and writes as many objects and bytes as it makes. @param {string} path as `partsOf` names it @param {string} to */
export async function apply(path, to) {
  const [file = '', objects, usize] = path.split('?');
  const part = await decodeXz(fs.readFileSync(file).subarray(1));
  const size = Math.ceil(Number(usize) / Number(objects));
  for (let i = 0; i < Number(objects); i++) {
    // What comes from old files is not in the part: any bytes will do.
    const bytes = part.subarray(Math.min(i * size, Math.max(0, part.length - size))).subarray(0, size);
    put(to, bytes, 'bare-user');
  }
}
