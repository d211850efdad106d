import { codec } from '@ost/gvariant';
import type { FileHeader, Xattrs } from '@ost/objects';
import { corrupt, decodeStrict, tooLarge } from '../errors.js';
import { MemoryPayload, type PayloadBytes, PayloadSection } from './payload-bytes.js';

const WHAT = 'Static delta part';

const modesCodec = codec('a(uuu)');
const xattrsCodec = codec('aa(ayay)');

/** Owner and mode of a file, from the mode table. */
export type FileMode = Pick<FileHeader, 'uid' | 'gid' | 'mode'>;

/** The decompressed content of a part ("Part file" of the delta format). */
export interface PartPayload {
  readonly modes: readonly FileMode[];
  readonly xattrs: readonly Xattrs[];
  /** The bytes that operations address by offset. */
  readonly blob: PayloadBytes;
  /** The program; see {@link OperationReader}. */
  readonly operations: Uint8Array;
}

/** Parses a decompressed part that is in memory. */
export function parsePayload(bytes: Uint8Array): PartPayload {
  return openPayload(new MemoryPayload(bytes, false), bytes.length);
}

/**
 * Parses a decompressed part, wherever it is. Tables and program, which are copied into memory, may have `programSize`
 * bytes; the blob stays where it is.
 */
export function openPayload(payload: PayloadBytes, programSize: number): PartPayload {
  const [tables, blobStart, blobEnd, end] = readFrame(payload);
  const inMemory = blobStart + (end - blobEnd);
  if (inMemory > programSize)
    throw tooLarge('Size of tables and operations of static delta part', inMemory, programSize);
  // The only integers are those of the mode table, and these are big-endian in every delta.
  const modes = decodeStrict(modesCodec, payload.read(0, tables), WHAT, 'big');
  const xattrs = decodeStrict(xattrsCodec, payload.read(tables, blobStart - tables), WHAT);
  return {
    modes: modes.map(([uid, gid, mode]) => ({ uid, gid, mode })),
    xattrs: xattrs.map((list) => list.map(([name, value]) => ({ name: attributeName(name), value: value.slice() }))),
    blob: new PayloadSection(payload, blobStart, blobEnd - blobStart),
    operations: payload.read(blobEnd, end - blobEnd).slice(),
  };
}

/** Where the members of the tuple `(a(uuu)aa(ayay)ayay)` end: the last three numbers of it, last first, and before them. */
function readFrame(payload: PayloadBytes): [modes: number, xattrs: number, blob: number, operations: number] {
  const { size } = payload;
  const width = offsetWidth(size);
  const end = size - 3 * width;
  if (end < 0) throw corrupt(`${WHAT} is not in normal form`);
  const frame = payload.read(end, 3 * width);
  const member = (index: number): number => {
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + (frame[(2 - index) * width + i] as number);
    return value;
  };
  const [modes, xattrs, blob] = [member(0), member(1), member(2)];
  if (modes > xattrs || xattrs > blob || blob > end) throw corrupt(`${WHAT} is not in normal form`);
  return [modes, xattrs, blob, end];
}

/** Bytes of each of the numbers that tell where the members of a container of `size` bytes end. */
function offsetWidth(size: number): number {
  return [1, 2, 4].find((bytes) => size < 256 ** bytes) ?? 8;
}

/**
 * Serializes a part before compression. The blob comes in pieces, which are copied once, and what is copied is let go of:
 * blobs are the one large thing here.
 */
export function encodePayload(
  tables: Pick<PartPayload, 'modes' | 'xattrs'>,
  blob: Uint8Array[],
  operations: Uint8Array,
): Uint8Array {
  const modes = modesCodec.encode(
    tables.modes.map(({ uid, gid, mode }) => [uid, gid, mode]),
    { endian: 'big' },
  );
  const xattrs = xattrsCodec.encode(
    tables.xattrs.map((list) => list.map(({ name, value }) => [Uint8Array.of(...name, 0), value])),
  );
  const blobLength = blob.reduce((sum, piece) => sum + piece.length, 0);
  // The framing of a tuple: where each member ends, the last one excepted, last first.
  const ends = [modes.length, modes.length + xattrs.length, modes.length + xattrs.length + blobLength];
  const body = (ends[2] as number) + operations.length;
  const width = [1, 2, 4].find((bytes) => body + 3 * bytes < 256 ** bytes) ?? 8;
  const payload = new Uint8Array(body + 3 * width);
  payload.set(modes);
  payload.set(xattrs, ends[0]);
  let at = ends[1] as number;
  for (const piece of blob.splice(0)) {
    payload.set(piece, at);
    at += piece.length;
  }
  payload.set(operations, at);
  at += operations.length;
  for (const end of ends.reverse()) {
    for (let i = 0, rest = end; i < width; i++, rest = Math.floor(rest / 256)) payload[at++] = rest % 256;
  }
  return payload;
}

function attributeName(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 1;
  if (end < 1 || bytes.indexOf(0) !== end) throw corrupt('Invalid xattr name in static delta part');
  return bytes.slice(0, end);
}
