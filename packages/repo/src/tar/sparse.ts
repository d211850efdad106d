import { damaged } from './errors.js';
import { ARCHIVE_LIMITS } from './limits.js';
import type { ByteReader } from './byte-reader.js';
import { BLOCK, contentSize, number } from './tar-header.js';

/** A piece of a sparse file that has data. */
export interface SparseSegment {
  /** Where it lies in the file. */
  readonly offset: number;
  readonly length: number;
}

/** The map of a sparse file, and the bytes that the map itself took from the entry's content. */
export interface SparseMap {
  readonly segments: readonly SparseSegment[];
  readonly mapBytes: number;
}

const HOLE = new Uint8Array(1 << 20);
const GNU_FIRST = 4;
const GNU_MORE = 21;

/**
 * Reads the map of GNU tar's own sparse format: four pieces in the header, and 21 in each block that follows.
 * @returns the pieces and the length of the file
 */
export async function readGnuSparse(
  header: Uint8Array,
  reader: ByteReader,
): Promise<{ readonly segments: SparseSegment[]; readonly size: number }> {
  const segments = gnuSegments(header.subarray(386), GNU_FIRST);
  const size = contentSize(number(header.subarray(483, 495)));
  for (let more = header[482] === 1; more; ) {
    if (segments.length > ARCHIVE_LIMITS.sparseSegments) throw damaged('Sparse file with too many pieces');
    const block = await reader.read(BLOCK);
    segments.push(...gnuSegments(block, GNU_MORE));
    more = block[504] === 1;
  }
  return { segments, size };
}

function gnuSegments(bytes: Uint8Array, count: number): SparseSegment[] {
  const segments: SparseSegment[] = [];
  for (let i = 0; i < count; i++) {
    const field = bytes.subarray(i * 24, i * 24 + 24);
    if (field[0] === 0) break;
    const offset = contentSize(number(field.subarray(0, 12)));
    segments.push({ offset, length: contentSize(number(field.subarray(12))) });
  }
  return segments;
}

/** Reads the map of GNU sparse 1.0: lines of decimal digits in front of the data, padded to a block. */
export async function readSparseMap(reader: ByteReader, available: number): Promise<SparseMap> {
  let mapBytes = 0;
  let text = '';
  const numbers: number[] = [];
  const wanted = (): number => (numbers.length === 0 ? 1 : 1 + 2 * (numbers[0] as number));
  while (numbers.length < wanted()) {
    if (mapBytes + BLOCK > available) throw damaged();
    text += String.fromCharCode(...(await reader.read(BLOCK)));
    mapBytes += BLOCK;
    for (let end = text.indexOf('\n'); end !== -1 && numbers.length < wanted(); end = text.indexOf('\n')) {
      const digits = text.slice(0, end);
      if (!/^\d{1,20}$/.test(digits)) throw damaged();
      numbers.push(contentSize(Number(digits)));
      text = text.slice(end + 1);
      if ((numbers[0] as number) > ARCHIVE_LIMITS.sparseSegments) throw damaged('Sparse file with too many pieces');
    }
    if (text.length > BLOCK) throw damaged();
  }
  const segments: SparseSegment[] = [];
  for (let i = 1; i < numbers.length; i += 2) {
    segments.push({ offset: numbers[i] as number, length: numbers[i + 1] as number });
  }
  return { segments, mapBytes };
}

/**
 * Checks a map: pieces in order, inside the file, and together as long as the data that the archive holds.
 * @throws OstError `corrupt`
 */
export function assertSparse(segments: readonly SparseSegment[], size: number, stored: number): void {
  let at = 0;
  let data = 0;
  for (const { offset, length } of segments) {
    if (offset < at || offset + length > size) throw damaged('Sparse file with pieces out of order');
    at = offset + length;
    data += length;
  }
  if (data !== stored) throw damaged('Sparse file whose pieces do not match its data');
}

/** A sparse file in full, holes as zeros. */
export async function* expandSparse(
  reader: ByteReader,
  segments: readonly SparseSegment[],
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for (const { offset, length } of segments) {
    yield* hole(offset - at);
    yield* reader.stream(length);
    at = offset + length;
  }
  yield* hole(size - at);
}

function* hole(size: number): Generator<Uint8Array, void, undefined> {
  for (let left = size; left > 0; left -= HOLE.length) yield HOLE.subarray(0, left);
}
