import { OstError } from './errors.js';
import { readUint32, writeUint32 } from './uint32.js';
import { compareBytes, encodeXattrs, parseXattrs, type Xattrs } from './xattrs.js';

/** Owner, mode and attributes of a directory (repository format, "dirmeta"). */
export interface DirMeta {
  readonly uid: number;
  readonly gid: number;
  /** Full mode with type bits. */
  readonly mode: number;
  readonly xattrs: Xattrs;
}

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

/** Serializes `(uuua(ayay))` with big-endian numbers; also the layout of `user.ostreemeta`. */
export function encodeDirMeta(meta: DirMeta): Uint8Array {
  const xattrs = encodeXattrs(meta.xattrs);
  const bytes = new Uint8Array(12 + xattrs.length);
  writeUint32(bytes, 0, meta.uid);
  writeUint32(bytes, 4, meta.gid);
  writeUint32(bytes, 8, meta.mode);
  bytes.set(xattrs, 12);
  return bytes;
}

/** Options of {@link parseDirMeta}. */
export interface ParseDirMetaOptions {
  /** Accept the mode of any file type, as `user.ostreemeta` holds it, and do not ask for sorted xattrs. @default false */
  readonly anyType?: boolean;
}

/**
 * Parses a dirmeta object.
 * @throws OstError `corrupt` or `not-normal`
 */
export function parseDirMeta(bytes: Uint8Array, options: ParseDirMetaOptions = {}): DirMeta {
  if (bytes.length < 12) throw new OstError('not-normal', 'Not normal form');
  const mode = readUint32(bytes, 8);
  const meta = { uid: readUint32(bytes, 0), gid: readUint32(bytes, 4), mode, xattrs: parseXattrs(bytes.subarray(12)) };
  if (options.anyType === true) return meta;
  if ((mode & S_IFMT) !== S_IFDIR) {
    throw new OstError('corrupt', `Invalid directory metadata mode ${mode}; not a directory`);
  }
  if ((mode & ~(S_IFMT | 0o7777)) !== 0) throw new OstError('corrupt', `Invalid mode ${mode}; invalid bits in mode`);
  assertSorted(meta.xattrs);
  return meta;
}

const decoder = new TextDecoder();

function assertSorted(xattrs: Xattrs): void {
  for (let i = 1; i < xattrs.length; i++) {
    const previous = (xattrs[i - 1] as Xattrs[number]).name;
    const current = (xattrs[i] as Xattrs[number]).name;
    const order = compareBytes(previous, current);
    if (order === 0) throw new OstError('corrupt', `Duplicate xattr name, index=${i}`);
    if (order > 0) {
      const names = `prev=${decoder.decode(previous)}, cur=${decoder.decode(current)}`;
      throw new OstError('corrupt', `Incorrectly sorted xattr name (${names}), index=${i}`);
    }
  }
}
