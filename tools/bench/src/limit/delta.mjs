import * as fs from 'node:fs';
import { decodeXz, openDelta } from '@ost/deltas';
import { hash, writeObject } from './objects.mjs';

/** The parts of a delta, and how many objects one of them has on average. @param {string} delta */
export async function partsOf(delta) {
  const { parts } = (await openDelta(delta)).superblock;
  const objects = parts.reduce((sum, part) => sum + part.objects.length, 0);
  // The largest first: then all threads end at about the same time.
  const largest = [...parts.entries()].sort(([, a], [, b]) => b.size - a.size);
  return { names: largest.map(([i]) => `/${i}`), pieces: Math.ceil(objects / parts.length) };
}

/** @param {string} path of a part @param {string} to @param {number} pieces in how many files its content goes */
export async function apply(path, to, pieces) {
  const part = await decodeXz(fs.readFileSync(path).subarray(1));
  const size = Math.ceil(part.length / pieces);
  for (let at = 0; at < part.length; at += size) {
    const bytes = part.subarray(at, at + size);
    hash(bytes);
    writeObject(`${to}.${at}`, bytes, 'bare-user');
  }
}
