import type { ByteReader } from './byte-reader.js';
import type { ArchiveEntry, ArchiveEntryType } from './entry.js';
import { OstError } from '@ost/objects';
import { ARCHIVE_LIMITS } from './limits.js';

const TRAILER = 'TRAILER!!!';
const NOTHING = new Uint8Array();
const MAGICS = ['070701', '070702', '070707'];
const S_IFMT = 0o170000;

/** True for the first bytes of a cpio archive in one of the portable forms: newc, crc and odc. */
export function isCpio(start: Uint8Array): boolean {
  return MAGICS.includes(String.fromCharCode(...start.subarray(0, 6)));
}

interface CpioHeader {
  readonly device: string;
  readonly inode: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly size: number;
  readonly nameSize: number;
  /** What names and content are padded to. */
  readonly align: number;
  readonly headerSize: number;
}

/**
 * Reads a cpio archive as a stream. A further name of an inode is a hard link to its first one; in newc the content
 * comes with the last of them.
 * @throws OstError `corrupt` when the archive is damaged or ends too early
 */
export async function* readCpio(reader: ByteReader): AsyncGenerator<ArchiveEntry, void, undefined> {
  const inodes = new Map<string, Uint8Array>();
  for (;;) {
    const header = await readHeader(reader);
    const name = await reader.read(header.nameSize);
    await reader.skip(padding(header.headerSize + header.nameSize, header.align));
    const path = name.at(-1) === 0 ? name.subarray(0, -1) : name;
    if (path.length === TRAILER.length && String.fromCharCode(...path) === TRAILER) return;
    let left = header.size;
    let type = entryType(header.mode);
    let linkTarget: Uint8Array = NOTHING;
    if (type === 'symlink') {
      linkTarget = await reader.read(header.size);
      left = 0;
    }
    if (header.links > 1 && type !== 'directory') {
      const key = `${header.device}:${header.inode}`;
      const first = inodes.get(key);
      if (first === undefined) inodes.set(key, path.slice());
      else {
        type = 'hardlink';
        linkTarget = first;
      }
    }
    const { mode, uid, gid } = header;
    yield {
      path,
      type,
      mode: mode & 0o7777,
      uid,
      gid,
      size: left,
      linkTarget,
      xattrs: [],
      async *content() {
        const size = left;
        left = 0;
        yield* reader.stream(size);
      },
    };
    await reader.skip(left);
    await reader.skip(padding(header.size, header.align));
  }
}

async function readHeader(reader: ByteReader): Promise<CpioHeader> {
  const magic = String.fromCharCode(...(await reader.peek(6)));
  if (!MAGICS.includes(magic)) throw new OstError('corrupt', 'Damaged cpio archive');
  const header = magic === '070707' ? parseOdc(await reader.read(76)) : parseNewc(await reader.read(110));
  if (header.nameSize === 0 || header.nameSize > ARCHIVE_LIMITS.specialHeader) {
    throw new OstError('corrupt', 'Damaged cpio archive');
  }
  return header;
}

function parseNewc(bytes: Uint8Array): CpioHeader {
  const field = (index: number): number => digits(bytes.subarray(6 + index * 8, 14 + index * 8), 16);
  return {
    inode: field(0),
    mode: field(1),
    uid: field(2),
    gid: field(3),
    links: field(4),
    size: field(6),
    device: `${field(7)},${field(8)}`,
    nameSize: field(11),
    align: 4,
    headerSize: bytes.length,
  };
}

function parseOdc(bytes: Uint8Array): CpioHeader {
  const field = (from: number, length = 6): number => digits(bytes.subarray(from, from + length), 8);
  return {
    device: `${field(6)}`,
    inode: field(12),
    mode: field(18),
    uid: field(24),
    gid: field(30),
    links: field(36),
    nameSize: field(59),
    size: field(65, 11),
    align: 1,
    headerSize: bytes.length,
  };
}

function digits(field: Uint8Array, base: 8 | 16): number {
  const text = String.fromCharCode(...field);
  if (!(base === 8 ? /^[0-7]+$/ : /^[0-9A-Fa-f]+$/).test(text)) throw new OstError('corrupt', 'Damaged cpio archive');
  return Number.parseInt(text, base);
}

function padding(size: number, align: number): number {
  return (align - (size % align)) % align;
}

function entryType(mode: number): ArchiveEntryType {
  switch (mode & S_IFMT) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'directory';
    case 0o120000:
      return 'symlink';
    default:
      return 'other';
  }
}
