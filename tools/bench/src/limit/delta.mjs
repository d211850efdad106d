import * as fs from 'node:fs';
import { decodeXz, OPCODES, openDelta, OperationReader, parsePayload } from '@ost/deltas';
import { put } from './objects.mjs';

/** Names of the parts of a delta, each with what it holds. @param {string} delta */
export async function partsOf(delta) {
  const { parts } = (await openDelta(delta)).superblock;
  // The largest first: then all threads end at about the same time.
  const largest = [...parts.entries()].sort(([, a], [, b]) => b.size - a.size);
  return largest.map(([i, { objects, usize }]) => {
    const metadata = Array.from(objects, ({ type }) => (type === 'file' ? '-' : 'm')).join('');
    return `/${i}?${metadata}?${usize}`;
  });
}

/** @param {string} old objects of the repository that has the old files @returns {(path: string, to: string) => Promise<void>} */
export function applyTo(old) {
  return async (path, to) => {
    // As `partsOf` names it.
    const [file = '', types = '', usize] = path.split('?');
    const stored = file.startsWith('http:') ? (await import('./requests.mjs')).get(file) : fs.readFileSync(file);
    const part = await decodeXz((await stored).subarray(1));
    let position = 0;
    for (const source of sourcesOf(part, types)) {
      const bytes = fs.readFileSync(`${old}/${source}.file`);
      add(bytes, part.subarray(position, position + bytes.length));
      position += bytes.length;
    }
    const size = Math.ceil(Number(usize) / types.length);
    for (let i = 0; i < types.length; i++) {
      // What comes from old files is not in the part: any bytes will do.
      const bytes = part.subarray(Math.min(i * size, Math.max(0, part.length - size))).subarray(0, size);
      put(to, bytes, types[i] === 'm' ? 'plain' : 'bare-user');
    }
  };
}

/** Adds bytes to old ones, as a patch does, four at a time. @param {Buffer} old @param {Uint8Array} terms */
function add(old, terms) {
  const sums = new DataView(old.buffer, old.byteOffset, old.length);
  const view = new DataView(terms.buffer, terms.byteOffset, terms.length);
  for (let i = 0; i + 4 <= terms.length; i += 4) {
    const a = view.getInt32(i, true);
    if (a === 0) continue;
    const b = sums.getInt32(i, true);
    sums.setInt32(i, ((a & 0x7f7f7f7f) + (b & 0x7f7f7f7f)) ^ ((a ^ b) & 0x80808080), true);
  }
}

/** The old files that a part refers to, as they are called below `objects`. @param {Uint8Array} part @param {string} types */
function sourcesOf(part, types) {
  const { blob, operations } = parsePayload(part);
  const reader = new OperationReader(operations, types.length, (k) => types[k] === 'm');
  /** @type {Set<string>} */
  const sources = new Set();
  while (reader.next()) {
    if (reader.code !== OPCODES.setReadSource) continue;
    const checksum = Buffer.from(blob.read(reader.offset, 32)).toString('hex');
    sources.add(`${checksum.slice(0, 2)}/${checksum.slice(2)}`);
  }
  return sources;
}
