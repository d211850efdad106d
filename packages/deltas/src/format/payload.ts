import { codec } from '@ost/gvariant';
import type { FileHeader, Xattrs } from '@ost/objects';
import { corrupt, decodeStrict } from '../errors.js';

const payloadCodec = codec('(a(uuu)aa(ayay)ayay)');
const modesCodec = codec('a(uuu)');
const xattrsCodec = codec('aa(ayay)');

/** Owner and mode of a file, from the mode table. */
export type FileMode = Pick<FileHeader, 'uid' | 'gid' | 'mode'>;

/** The decompressed content of a part ("Part file" of the delta format). */
export interface PartPayload {
  readonly modes: readonly FileMode[];
  readonly xattrs: readonly Xattrs[];
  /** The bytes that operations address by offset; a view of the payload, unlike the tables. */
  readonly blob: Uint8Array;
  /** The program; see {@link OperationReader}. */
  readonly operations: Uint8Array;
}

/** Parses a decompressed part. */
export function parsePayload(bytes: Uint8Array): PartPayload {
  // Its only integers are those of the mode table, and these are big-endian in every delta.
  const [modes, xattrs, blob, operations] = decodeStrict(payloadCodec, bytes, 'Static delta part', 'big');
  return {
    modes: modes.map(([uid, gid, mode]) => ({ uid, gid, mode })),
    xattrs: xattrs.map((list) => list.map(([name, value]) => ({ name: attributeName(name), value: value.slice() }))),
    blob,
    operations,
  };
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
