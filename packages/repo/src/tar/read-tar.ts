import type { ByteReader } from './byte-reader.js';
import type { ArchiveEntry, ArchiveEntryType } from './entry.js';
import { damaged, truncated } from './errors.js';
import { ARCHIVE_LIMITS } from './limits.js';
import { parsePax, type PaxOverrides } from './pax.js';
import { assertSparse, expandSparse, readGnuSparse, readSparseMap, type SparseSegment } from './sparse.js';
import { BLOCK, cstring, isZeroBlock, parseTarHeader, type TarHeader } from './tar-header.js';

const NOTHING = new Uint8Array();

/**
 * Reads a tar archive as a stream: v7, ustar, pax and GNU, with long names, large numbers, extended attributes and every
 * form of sparse files. npm's tar libraries take names and attribute values for text and so corrupt what is not UTF-8,
 * and none of them expands sparse files; hence an own reader.
 * @throws OstError `corrupt` when the archive is damaged or ends inside an entry
 */
export async function* readTar(reader: ByteReader): AsyncGenerator<ArchiveEntry, void, undefined> {
  // Whether sizes of hard links count depends on the dialect, which only an extended header gives away.
  let pax = false;
  for (;;) {
    let overrides: PaxOverrides = {};
    let header = await nextHeader(reader, true);
    while (header !== null && isExtension(header)) {
      const { typeflag, size } = header;
      if (typeflag === 'x' || typeflag === 'g' || typeflag === 'X') pax = true;
      const body = await readPadded(reader, size);
      overrides = { ...extension(typeflag, body), ...overrides };
      // A global header or the name of the volume may be all that there is.
      header = await nextHeader(reader, 'gV'.includes(typeflag));
    }
    if (header === null) return;
    if (header.dialect === 'gnu') pax = false;
    const entry = new TarEntry(reader, header, overrides, pax);
    await entry.readMap();
    yield entry;
    await entry.skipRest();
  }
}

/** Extended headers, which describe the entry after them. Global ones (`g`) are read and ignored, as libarchive does. */
function isExtension({ typeflag }: TarHeader): boolean {
  return 'xXgLKVA'.includes(typeflag);
}

function extension(typeflag: string, body: Uint8Array): PaxOverrides {
  switch (typeflag) {
    case 'x':
    case 'X':
      return parsePax(body);
    case 'L':
      return { path: cstring(body) };
    case 'K':
      return { linkTarget: cstring(body) };
    default:
      return {};
  }
}

/** The next header; null at the end of the archive, which may only come between entries. */
async function nextHeader(reader: ByteReader, mayEnd: boolean): Promise<TarHeader | null> {
  const ahead = await reader.peek(BLOCK);
  if (ahead.length === 0 && mayEnd) return null;
  if (ahead.length < BLOCK) throw truncated();
  const block = await reader.read(BLOCK);
  if (!isZeroBlock(block)) return parseTarHeader(block);
  if (!mayEnd) throw damaged();
  return null;
}

async function readPadded(reader: ByteReader, size: number): Promise<Uint8Array> {
  if (size > ARCHIVE_LIMITS.specialHeader) throw damaged('Special header too large');
  const body = await reader.read(size);
  await reader.skip(padding(size));
  return body;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

class TarEntry implements ArchiveEntry {
  readonly path: Uint8Array;
  readonly type: ArchiveEntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly linkTarget: Uint8Array;
  readonly xattrs: ArchiveEntry['xattrs'];
  /** Length of the file; {@link TarEntry.readMap} corrects it for sparse files. */
  size: number;
  /** Bytes of content in the archive that have not been read. */
  #left: number;
  /** Bytes after the content. */
  readonly #padding: number;
  #segments: readonly SparseSegment[] | null = null;

  constructor(
    private readonly reader: ByteReader,
    private readonly header: TarHeader,
    private readonly overrides: PaxOverrides,
    pax: boolean,
  ) {
    this.path = overrides.sparsePath ?? overrides.path ?? header.path;
    this.linkTarget = overrides.linkTarget ?? header.linkTarget;
    this.type = entryType(header.typeflag, this.path);
    this.mode = header.mode;
    this.uid = overrides.uid ?? header.uid;
    this.gid = overrides.gid ?? header.gid;
    this.xattrs = overrides.xattrs ?? [];
    const size = overrides.size ?? header.size;
    // Directories and links may state a size and have no content. Only pax allows a hard link to come with content.
    const plain = this.type === 'file' || this.type === 'other' || header.typeflag === 'D';
    const counts = plain || (this.type === 'hardlink' && pax);
    this.#left = counts ? size : 0;
    this.#padding = padding(this.#left);
    this.size = this.#left;
    if (this.type !== 'symlink' && this.type !== 'hardlink') this.linkTarget = NOTHING;
  }

  /** Reads the map of a sparse file, part of which may stand before the content. */
  async readMap(): Promise<void> {
    const { header, overrides, reader } = this;
    if (this.type !== 'file') return;
    if (header.typeflag === 'S') {
      const { segments, size } = await readGnuSparse(header.block, reader);
      this.#segments = segments;
      this.size = size;
    } else if (overrides.sparseMajor === 1) {
      const { segments, mapBytes } = await readSparseMap(reader, this.#left);
      this.#segments = segments;
      this.#left -= mapBytes;
      this.size = overrides.sparseSize ?? this.size;
    } else if (overrides.sparseMap !== undefined) {
      this.#segments = overrides.sparseMap;
      this.size = overrides.sparseSize ?? this.size;
    } else return;
    assertSparse(this.#segments, this.size, this.#left);
  }

  async *content(): AsyncGenerator<Uint8Array, void, undefined> {
    const stored = this.#left;
    this.#left = 0;
    if (this.#segments === null) yield* this.reader.stream(stored);
    else yield* expandSparse(this.reader, this.#segments, this.size);
  }

  async skipRest(): Promise<void> {
    await this.reader.skip(this.#left);
    await this.reader.skip(this.#padding);
  }
}

function entryType(typeflag: string, path: Uint8Array): ArchiveEntryType {
  switch (typeflag) {
    case '1':
      return 'hardlink';
    case '2':
      return 'symlink';
    case '5':
    case 'D':
      return 'directory';
    case '3':
    case '4':
    case '6':
    case 'M':
      return 'other';
    default:
      // Whatever is unknown is a file, and a file whose name ends in a slash is the directory of an old program.
      return path.at(-1) === 0x2f ? 'directory' : 'file';
  }
}
