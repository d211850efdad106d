import { codec } from '@ost/gvariant';
import type { FileHeader, Xattrs } from '@ost/objects';
import { corrupt, decodeStrict } from '../errors.js';

const payloadCodec = codec('(a(uuu)aa(ayay)ayay)');

/** Owner and mode of a file, from the mode table. */
export type FileMode = Pick<FileHeader, 'uid' | 'gid' | 'mode'>;

/** The decompressed content of a part ("Part file" of the delta format). */
export interface PartPayload {
  readonly modes: readonly FileMode[];
  readonly xattrs: readonly Xattrs[];
  /** The bytes that operations address by offset; a view of the payload. */
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
    xattrs: xattrs.map((list) => list.map(([name, value]) => ({ name: attributeName(name), value }))),
    blob,
    operations,
  };
}

function attributeName(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 1;
  if (end < 1 || bytes.indexOf(0) !== end) throw corrupt('Invalid xattr name in static delta part');
  return bytes.subarray(0, end);
}
