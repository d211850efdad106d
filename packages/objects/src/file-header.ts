import { OstError } from './errors.js';
import { LIMITS } from './limits.js';
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
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body + width);
  let at = FRAME;
  if (size !== null) {
    view.setBigUint64(at, BigInt(size));
    at += 8;
  }
  view.setUint32(at, header.uid);
  view.setUint32(at + 4, header.gid);
  view.setUint32(at + 8, header.mode);
  bytes.set(target, at + 16);
  bytes.set(xattrs, at + 16 + target.length + 1);
  const end = fixed + target.length + 1;
  if (width === 1) view.setUint8(FRAME + body, end);
  else if (width === 2) view.setUint16(FRAME + body, end, true);
  else view.setUint32(FRAME + body, end, true);
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
 * Length of a framed header, its framing included, by its first eight bytes.
 * @throws OstError `corrupt` when it is empty or cut off, `limit` when it is absurd
 */
export function archiveHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < FRAME) throw new OstError('corrupt', `File header size ${FRAME} exceeds size ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
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
  /** Offset of the compressed content. */
  readonly headerLength: number;
}

/**
 * Parses the framed header at the start of a `.filez` object; `bytes` may be the object or a prefix of it.
 * @throws OstError `corrupt`, `not-normal` or `limit`
 */
export function parseArchiveHeader(bytes: Uint8Array): ArchiveHeader {
  const headerLength = archiveHeaderLength(bytes);
  if (bytes.length < headerLength) {
    throw new OstError('corrupt', `File header size ${headerLength - FRAME} exceeds size ${bytes.length}`);
  }
  const body = bytes.subarray(FRAME, headerLength);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  if (body.length < 24 + 2) throw notNormal();
  const size = view.getBigUint64(0);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new OstError('limit', `File size ${size} is too large`);
  return { header: parseFields(body, view, 8), size: Number(size), headerLength };
}

/**
 * Parses the unframed `(uuuusa(ayay))` variant.
 * @throws OstError `corrupt` or `not-normal`
 */
export function parseFileHeader(body: Uint8Array): FileHeader {
  if (body.length < 16 + 2) throw notNormal();
  return parseFields(body, new DataView(body.buffer, body.byteOffset, body.length), 0);
}

function notNormal(): OstError {
  return new OstError('not-normal', 'Not normal form');
}

function parseFields(body: Uint8Array, view: DataView, at: number): FileHeader {
  const width = body.length <= 0xff ? 1 : body.length <= 0xffff ? 2 : 4;
  // The narrowest offset that reaches is the only normal one: 254 bytes and an offset of 2 would have fitted 1.
  if ((width === 2 && body.length < 0x101) || (width === 4 && body.length < 0x10002)) throw notNormal();
  const tail = body.length - width;
  const end = width === 1 ? view.getUint8(tail) : width === 2 ? view.getUint16(tail, true) : view.getUint32(tail, true);
  const start = at + 16;
  if (end <= start || end > tail || body[end - 1] !== 0) throw notNormal();
  const mode = view.getUint32(at + 8);
  const rdev = view.getUint32(at + 12);
  if (rdev !== 0) throw new OstError('corrupt', `Corrupted archive file; invalid rdev ${rdev}`);
  const type = mode & S_IFMT;
  if (type !== S_IFREG && type !== S_IFLNK)
    throw new OstError('corrupt', `Corrupted archive file; invalid mode ${mode}`);
  let symlinkTarget = '';
  if (end > start + 1) {
    try {
      symlinkTarget = decoder.decode(body.subarray(start, end - 1));
    } catch {
      throw notNormal();
    }
    if (symlinkTarget.includes('\0')) throw notNormal();
  }
  if (type === S_IFREG && symlinkTarget !== '') {
    throw new OstError('corrupt', 'Corrupted archive file; regular file with a symlink target');
  }
  const xattrs = parseXattrs(body.subarray(end, tail));
  return { uid: view.getUint32(at), gid: view.getUint32(at + 4), mode, symlinkTarget, xattrs };
}
