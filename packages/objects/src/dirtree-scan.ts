import { OstError } from './errors.js';

/**
 * Where the entries of a serialized directory lie: files first, then subdirectories. An entry's name is
 * `bytes[spans[2i]]` to `bytes[spans[2i + 1]]`; behind the NUL that ends it are 32 bytes of checksum, for a subdirectory
 * those of its dirtree, and 32 more of its dirmeta.
 */
export interface DirTreeLayout {
  readonly fileCount: number;
  readonly dirCount: number;
  /** Start and end of each name. May be longer than needed, and is overwritten by the next scan into it. */
  readonly spans: Int32Array;
  /** False when there is a name that no directory entry may have: an empty one, `.`, `..`, or one with a slash. */
  readonly namesValid: boolean;
}

const SUM = 32;
const DOT = 0x2e;
const SLASH = 0x2f;

// Every JavaScript platform has it, but TypeScript knows it only through a platform's types.
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

/** Decodes names; throws on malformed UTF-8. */
export const nameDecoder: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Finds the entries of a serialized directory without making a value of any (repository format, "dirtree"). Checks that
 * the bytes are in normal form and every checksum is complete; {@link assertEntryNames} checks the rest.
 * @param spans reused when it is long enough
 * @throws OstError `not-normal`, or `corrupt` for an incomplete checksum
 */
export function scanDirTree(bytes: Uint8Array, spans: Int32Array = new Int32Array(64)): DirTreeLayout {
  const { length } = bytes;
  const width = offsetWidth(length);
  if (length < width) throw notNormal();
  const files = readOffset(bytes, length - width, width);
  const body = length - width;
  if (files > body || sizeWidth(body, 1) !== width) throw notNormal();
  const scan = new Scan(bytes, spans);
  const fileCount = scan.array(0, files, SUM);
  const dirCount = scan.array(files, body, 2 * SUM);
  return { fileCount, dirCount, spans: scan.spans, namesValid: scan.namesValid };
}

class Scan {
  #at = 0;
  namesValid = true;

  constructor(
    private readonly bytes: Uint8Array,
    public spans: Int32Array,
  ) {}

  /** An array of entries, each a name and `sums` bytes of checksums; returns how many. */
  array(start: number, end: number, sums: number): number {
    if (start === end) return 0;
    const { bytes } = this;
    const size = end - start;
    const width = offsetWidth(size);
    const content = size < width ? size : readOffset(bytes, end - width, width);
    const count = (size - content) / width;
    if (content >= size || !Number.isInteger(count) || sizeWidth(content, count) !== width) throw notNormal();
    const table = start + content;
    this.#reserve(count);
    let at = start;
    for (let i = 0; i < count; i++) {
      const stop = start + readOffset(bytes, table + i * width, width);
      if (stop < at || stop > table) throw notNormal();
      this.#entry(at, stop, sums);
      at = stop;
    }
    return count;
  }

  #entry(start: number, end: number, sums: number): void {
    const { bytes } = this;
    const width = offsetWidth(end - start);
    // One framing offset for each member but the last, the first member's at the very end.
    const offsets = sums === SUM ? 1 : 2;
    const body = end - offsets * width;
    if (body < start) throw notNormal();
    const named = start + readOffset(bytes, end - width, width);
    const middle = offsets === 1 ? body : start + readOffset(bytes, body, width);
    if (named <= start || middle < named || middle > body || sizeWidth(body - start, offsets) !== width) {
      throw notNormal();
    }
    const nul = named - 1;
    let ascii = true;
    for (let i = start; i < nul; i++) {
      const byte = bytes[i] as number;
      if (byte === 0) throw notNormal();
      if (byte > 0x7f) ascii = false;
      else if (byte === SLASH) this.namesValid = false;
    }
    if (bytes[nul] !== 0) throw notNormal();
    if (!ascii) this.#checkText(start, nul);
    if (nul - start <= 2 && (nul === start || (bytes[start] === DOT && bytes[nul - 1] === DOT)))
      this.namesValid = false;
    const first = offsets === 1 ? body - named : middle - named;
    if (first !== SUM) throw wrongChecksum(first);
    if (offsets === 2 && body - middle !== SUM) throw wrongChecksum(body - middle);
    this.spans[this.#at++] = start;
    this.spans[this.#at++] = nul;
  }

  #checkText(start: number, end: number): void {
    try {
      nameDecoder.decode(this.bytes.subarray(start, end));
    } catch {
      throw notNormal();
    }
  }

  #reserve(count: number): void {
    const needed = this.#at + 2 * count;
    if (needed <= this.spans.length) return;
    const larger = new Int32Array(Math.max(needed, 2 * this.spans.length));
    larger.set(this.spans.subarray(0, this.#at));
    this.spans = larger;
  }
}

function notNormal(): OstError {
  return new OstError('not-normal', 'Not normal form');
}

function wrongChecksum(length: number): OstError {
  return new OstError('corrupt', `Invalid checksum of length ${length} expected 32`, { data: { length } });
}

/** Width of the framing offsets of a container of `size` bytes. */
function offsetWidth(size: number): 1 | 2 | 4 {
  return size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;
}

/** The narrowest width with which `count` offsets can address a container whose content takes `body` bytes. */
function sizeWidth(body: number, count: number): 1 | 2 | 4 {
  return body + count <= 0xff ? 1 : body + 2 * count <= 0xffff ? 2 : 4;
}

function readOffset(bytes: Uint8Array, at: number, width: 1 | 2 | 4): number {
  let value = bytes[at] as number;
  if (width === 1) return value;
  value |= (bytes[at + 1] as number) << 8;
  if (width === 2) return value;
  return (value | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}
