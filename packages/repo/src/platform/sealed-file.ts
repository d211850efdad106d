import * as fs from 'node:fs';
import * as path from 'node:path';
import { replaceFile } from './files.js';
import { isAbsent } from './fs-errors.js';
import { nodeHash } from './hash.js';

/** Bytes of the mark that a file begins with, and of it and the hash: what follows can be read as words. */
const MARK = 8;
const SEAL = MARK + 32;

/** Ends the mark of files that hold words, and tells their byte order. */
export const BYTE_ORDER: 'L' | 'B' = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 'L' : 'B';

/**
 * What a file of a repository's `tmp/cache` holds behind its mark of eight characters and its hash; null when there is no
 * such file, or it is damaged, or has more than `maxBytes`. Such files are memories: they may be lost, never be wrong.
 */
export function readSealed(file: string, mark: string, maxBytes: number): Buffer | null {
  let bytes: Buffer;
  try {
    if (fs.statSync(file).size > maxBytes) return null;
    bytes = fs.readFileSync(file);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  if (bytes.toString('latin1', 0, MARK) !== mark) return null;
  const content = bytes.subarray(SEAL);
  return nodeHash.sha256(content) === bytes.toString('hex', MARK, SEAL) ? content : null;
}

/** Replaces such a file; not one that another program would find too large. */
export function writeSealed(repo: string, file: string, mark: string, content: Uint8Array, maxBytes: number): void {
  if (SEAL + content.length > maxBytes) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const seal = Buffer.concat([Buffer.from(mark, 'latin1'), Buffer.from(nodeHash.sha256(content), 'hex')], SEAL);
  // Not flushed: a file that a power cut has damaged is one that was lost.
  const options = { sync: false, temporaryIn: path.join(repo, 'tmp') };
  replaceFile(file, Buffer.concat([seal, content]), options);
}

/** Bytes as words; for words, whose number is whole. */
export function asWords(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
}
