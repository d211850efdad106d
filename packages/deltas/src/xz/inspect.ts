import { OstError } from '@ost/objects';
import { corrupt, tooLarge } from '../errors.js';
import { crc32 } from './crc.js';
import type { Lzma2Chunk } from './lzma2-chunks.js';
import { readChunks } from './lzma2-chunks.js';

const STREAM_HEADER = 12;
const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const LZMA2 = 0x21;
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** One block of an xz stream. */
export interface XzBlock {
  readonly chunks: readonly Lzma2Chunk[];
  /** Bytes that the chunks declare; a decoder that produces another number has failed. */
  readonly size: number;
  /** Filters before LZMA2, by their number in the xz format. */
  readonly filters: readonly number[];
  /** The integrity check, as stored. */
  readonly check: Uint8Array;
}

/** What an xz stream declares about itself; see {@link inspectXz}. */
export interface XzLayout {
  /** Kind of integrity check: 0 none, 1 CRC32, 4 CRC64, 10 SHA-256. */
  readonly checkType: number;
  readonly blocks: readonly XzBlock[];
  /** Bytes of all blocks together: exactly what decoding yields. */
  readonly size: number;
}

/** Bounds of {@link inspectXz}. */
export interface XzLimits {
  readonly size: number;
  readonly dictionary: number;
}

/**
 * Walks an xz stream from frame to frame without decoding it. LZMA2 chunks carry their sizes in the clear, so this finds
 * how much the stream can yield before any decoder (some of them native) sees it, and what dictionary it asks for.
 */
export function inspectXz(bytes: Uint8Array, limits: XzLimits): XzLayout {
  if (bytes.length < MAGIC.length || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw corrupt('File format not recognized');
  }
  need(bytes, 0, STREAM_HEADER);
  const flags = bytes[7] as number;
  expect(bytes[6] === 0 && flags < 16 && u32(bytes, 8) === crc32(bytes.subarray(6, 8)));
  const checkSize = CHECK_SIZES[flags] as number;

  let position = STREAM_HEADER;
  let size = 0;
  const blocks: XzBlock[] = [];
  const records: { unpadded: number; size: number }[] = [];
  for (;;) {
    need(bytes, position, 1);
    if (bytes[position] === 0) break;
    const header = readBlockHeader(bytes, position, limits.dictionary);
    const start = position + header.length;
    const { chunks, end, size: blockSize } = readChunks(bytes, start, limits.size - size);
    expect(header.compressed === null || header.compressed === end - start);
    expect(header.uncompressed === null || header.uncompressed === blockSize);
    const padded = end + ((position - end) & 3);
    need(bytes, end, padded - end + checkSize);
    for (let i = end; i < padded; i++) expect(bytes[i] === 0);
    const check = bytes.subarray(padded, padded + checkSize);
    blocks.push({ chunks, size: blockSize, filters: header.filters, check });
    records.push({ unpadded: header.length + (end - start) + checkSize, size: blockSize });
    size += blockSize;
    position = padded + checkSize;
  }
  checkIndex(bytes, position, flags, records);
  return { checkType: flags, blocks, size };
}

interface BlockHeader {
  length: number;
  compressed: number | null;
  uncompressed: number | null;
  filters: number[];
}

function readBlockHeader(bytes: Uint8Array, start: number, maxDictionary: number): BlockHeader {
  const length = ((bytes[start] as number) + 1) * 4;
  need(bytes, start, length);
  const end = start + length - 4;
  expect(u32(bytes, end) === crc32(bytes.subarray(start, end)));
  const flags = bytes[start + 1] as number;
  if ((flags & 0x3c) !== 0) throw new OstError('unsupported', 'Unsupported xz block');
  const cursor = { bytes, position: start + 2, end };
  const compressed = flags & 0x40 ? multibyte(cursor) : null;
  const uncompressed = flags & 0x80 ? multibyte(cursor) : null;
  const filters: number[] = [];
  for (let i = flags & 3; i >= 0; i--) {
    const id = multibyte(cursor);
    const properties = multibyte(cursor);
    expect(properties <= cursor.end - cursor.position);
    if (i === 0) {
      expect(id === LZMA2 && properties === 1);
      const dictionary = dictionarySize(bytes[cursor.position] as number);
      if (dictionary > maxDictionary) throw tooLarge('Exceeded memory limit: xz dictionary', dictionary, maxDictionary);
    } else {
      filters.push(id);
    }
    cursor.position += properties;
  }
  for (let i = cursor.position; i < end; i++) expect(bytes[i] === 0);
  return { length, compressed, uncompressed, filters };
}

function dictionarySize(property: number): number {
  expect(property <= 40);
  return property === 40 ? 0xffff_ffff : (2 | (property & 1)) * 2 ** ((property >>> 1) + 11);
}

function checkIndex(
  bytes: Uint8Array,
  start: number,
  flags: number,
  records: readonly { unpadded: number; size: number }[],
): void {
  const cursor = { bytes, position: start + 1, end: bytes.length };
  expect(multibyte(cursor) === records.length);
  for (const record of records) {
    expect(multibyte(cursor) === record.unpadded);
    expect(multibyte(cursor) === record.size);
  }
  const end = cursor.position + ((start - cursor.position) & 3);
  need(bytes, end, 4 + STREAM_HEADER);
  for (let i = cursor.position; i < end; i++) expect(bytes[i] === 0);
  expect(u32(bytes, end) === crc32(bytes.subarray(start, end)));
  const footer = end + 4;
  expect(u32(bytes, footer) === crc32(bytes.subarray(footer + 4, footer + 10)));
  expect((u32(bytes, footer + 4) + 1) * 4 === footer - start);
  expect(bytes[footer + 8] === 0 && bytes[footer + 9] === flags);
  expect(bytes[footer + 10] === 0x59 && bytes[footer + 11] === 0x5a);
  expect(footer + STREAM_HEADER === bytes.length);
}

interface Cursor {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;
}

/** A number of the xz format, 7 bits per byte; larger ones than a double holds exactly are refused. */
function multibyte(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
    if (cursor.position >= cursor.end) throw corrupt('Input buffer too small');
    const byte = cursor.bytes[cursor.position++] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      expect(value <= Number.MAX_SAFE_INTEGER && (byte !== 0 || scale === 1));
      return value;
    }
  }
  throw corrupt('Data is corrupt');
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
}

function need(bytes: Uint8Array, at: number, length: number): void {
  if (at + length > bytes.length) throw corrupt('Input buffer too small');
}

function expect(condition: boolean): asserts condition {
  if (!condition) throw corrupt('Data is corrupt');
}
