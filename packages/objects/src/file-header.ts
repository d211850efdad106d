import { OstError } from './errors.js';
import { LIMITS } from './limits.js';
import { readUint32, writeUint32 } from './uint32.js';
import { encodeXattrs, parseXattrs, type Xattrs } from './xattrs.js';

/** Metadata of a file object (repository format, "Content object"). */
export interface FileHeader {
  readonly uid: number;
  readonly gid: number;
  /** Full mode with type bits: a regular file or a symlink. */
  readonly mode: number;
  /** Target of a symlink; empty for a regular file. */
  readonly symlinkTarget: string;
  readonly xattrs: Xattrs;
}

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const FRAME = 8;
const EMPTY = new Uint8Array();
const NO_XATTRS: Xattrs = [];
const encoder = new TextEncoder();
// A byte order mark is part of a target like any other character.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Serializes `(uuuusa(ayay))`, or with a size `(tuuuusa(ayay))`, behind its framing of big-endian length and four
 * zero bytes. Written by hand, because a commit makes one for every file; a test holds it to the generic codec.
 */
function encode(header: FileHeader, size: number | null): Uint8Array {
  const target = encodeTarget(header.symlinkTarget);
  const xattrs = encodeXattrs(header.xattrs);
  const fixed = size === null ? 16 : 24;
  const body = fixed + target.length + 1 + xattrs.length;
  const width = body + 1 <= 0xff ? 1 : body + 2 <= 0xffff ? 2 : 4;
  const bytes = new Uint8Array(FRAME + body + width);
  writeUint32(bytes, 0, body + width);
  let at = FRAME;
  if (size !== null) {
    writeUint32(bytes, at, Math.floor(size / 2 ** 32));
    writeUint32(bytes, at + 4, size >>> 0);
    at += 8;
  }
  writeUint32(bytes, at, header.uid);
  writeUint32(bytes, at + 4, header.gid);
  writeUint32(bytes, at + 8, header.mode);
  bytes.set(target, at + 16);
  bytes.set(xattrs, at + 16 + target.length + 1);
  const end = fixed + target.length + 1;
  for (let i = 0; i < width; i++) bytes[FRAME + body + i] = end >>> (8 * i);
  return bytes;
}

function encodeTarget(target: string): Uint8Array {
  if (target === '') return EMPTY;
  if (target.includes('\0') || !target.isWellFormed()) {
    throw new OstError('invalid-argument', `Invalid symlink target ${JSON.stringify(target)}`, { data: { target } });
  }
  return encoder.encode(target);
}

/** The bytes that are hashed in front of a file's content. */
export function encodeFileHeader(header: FileHeader): Uint8Array {
  return encode(header, null);
}

/** The bytes in front of the compressed content of a `.filez` object; `size` is the uncompressed length. */
export function encodeArchiveHeader(header: FileHeader, size: number): Uint8Array {
  return encode(header, (header.mode & S_IFMT) === S_IFLNK ? 0 : size);
}

/**
 * Length of a framed header, its framing included, by its first eight bytes, which lie at `at`.
 * @throws OstError `corrupt` when it is empty or cut off, `limit` when it is absurd
 */
export function archiveHeaderLength(bytes: Uint8Array, at = 0): number {
  const have = bytes.length - at;
  if (have < FRAME) throw new OstError('corrupt', `File header size ${FRAME} exceeds size ${have}`);
  const length = readUint32(bytes, at);
  if (length === 0) throw new OstError('corrupt', 'File header size is zero');
  if (length > LIMITS.fileHeader)
    throw new OstError('limit', `File header size ${length} exceeds size ${LIMITS.fileHeader}`);
  return FRAME + length;
}

/** A parsed `.filez` header. */
export interface ArchiveHeader {
  readonly header: FileHeader;
  /** Uncompressed content length in bytes. */
  readonly size: number;
  /** Its length, and so the offset of the compressed content. */
  readonly headerLength: number;
}

/**
 * Parses the framed header of a `.filez` object, which lies at `at`; `bytes` may go on behind it.
 * @throws OstError `corrupt`, `not-normal` or `limit`
 */
export function parseArchiveHeader(bytes: Uint8Array, at = 0): ArchiveHeader {
  const headerLength = archiveHeaderLength(bytes, at);
  const start = at + FRAME;
  const end = at + headerLength;
  if (bytes.length < end) {
    throw new OstError('corrupt', `File header size ${headerLength - FRAME} exceeds size ${bytes.length - at}`);
  }
  if (end - start < 24 + 2) throw notNormal();
  const size = readUint32(bytes, start) * 2 ** 32 + readUint32(bytes, start + 4);
  if (size > Number.MAX_SAFE_INTEGER) throw new OstError('limit', `File size ${size} is too large`);
  return { header: parseFields(bytes, start, end, 8), size, headerLength };
}

/**
 * Parses the unframed `(uuuusa(ayay))` variant.
 * @throws OstError `corrupt` or `not-normal`
 */
export function parseFileHeader(body: Uint8Array): FileHeader {
  if (body.length < 16 + 2) throw notNormal();
  return parseFields(body, 0, body.length, 0);
}

function notNormal(): OstError {
  return new OstError('not-normal', 'Not normal form');
}

/** Reads the variant that lies from `start` to `stop`; its owner begins `skip` bytes into it. */
function parseFields(bytes: Uint8Array, start: number, stop: number, skip: number): FileHeader {
  const length = stop - start;
  const width = length <= 0xff ? 1 : length <= 0xffff ? 2 : 4;
  // The narrowest offset that reaches is the only normal one: 254 bytes and an offset of 2 would have fitted 1.
  if ((width === 2 && length < 0x101) || (width === 4 && length < 0x10002)) throw notNormal();
  const tail = stop - width;
  let offset = 0;
  for (let i = width - 1; i >= 0; i--) offset = offset * 256 + (bytes[tail + i] as number);
  const end = start + offset;
  const at = start + skip;
  const text = at + 16;
  if (end <= text || end > tail || bytes[end - 1] !== 0) throw notNormal();
  const mode = readUint32(bytes, at + 8);
  const rdev = readUint32(bytes, at + 12);
  if (rdev !== 0) throw new OstError('corrupt', `Corrupted archive file; invalid rdev ${rdev}`);
  const type = mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFLNK)
    throw new OstError('corrupt', `Corrupted archive file; invalid mode ${mode}`);
  let symlinkTarget = '';
  if (end > text + 1) {
    try {
      symlinkTarget = decoder.decode(bytes.subarray(text, end - 1));
    } catch {
      throw notNormal();
    }
    if (symlinkTarget.includes('\0')) throw notNormal();
  }
  if (type === S_IFREG && symlinkTarget !== '') {
    throw new OstError('corrupt', 'Corrupted archive file; regular file with a symlink target');
  }
  const xattrs = end === tail ? NO_XATTRS : parseXattrs(bytes.subarray(end, tail));
  return { uid: readUint32(bytes, at), gid: readUint32(bytes, at + 4), mode, symlinkTarget, xattrs };
}
