import type { Variant } from '@ost/gvariant';
import { codec, variant } from '@ost/gvariant';
import type { DeltaEnds, Metadata } from '@ost/objects';
import { checksumToBytes, DELTAS_DIRECTORY, deltaPath } from '@ost/objects';
import { swap32, swap64 } from './byte-order.js';
import type { DeltaObject } from './object-list.js';
import { deltaObjectByte, encodeObjectList } from './object-list.js';
import type { Fallback, InlinePart, PartHeader } from './superblock.js';

const COMMIT_TYPE = '(a{sv}aya(say)sstayay)';
const commitCodec = codec(COMMIT_TYPE);
const superblockCodec = codec(`(a{sv}tayay${COMMIT_TYPE}aya(uayttay)a(yaytt))`);
const detachedCodec = codec('a{sv}');

/** A part header with its objects not yet packed. */
export interface NewPartHeader extends Omit<PartHeader, 'objects' | 'version'> {
  readonly objects: readonly DeltaObject[];
}

/** What {@link encodeSuperblock} writes. */
export interface SuperblockFields extends DeltaEnds {
  /** Entries of the creator, which come first so that a file's kind can be told from its first bytes. */
  readonly metadata: Metadata;
  readonly byteOrder: 'little' | 'big';
  /** Seconds since 1970. */
  readonly timestamp: bigint;
  readonly commitBytes: Uint8Array;
  readonly detachedMetadata: Uint8Array | null;
  readonly parts: readonly NewPartHeader[];
  /** By number, or empty if the parts are files of their own. */
  readonly inlineParts: readonly InlinePart[];
  readonly fallbacks: readonly Fallback[];
}

/** Serializes a superblock ("Superblock" of the delta format). */
export function encodeSuperblock(fields: SuperblockFields): Uint8Array {
  const { from, to, byteOrder } = fields;
  const big = byteOrder === 'big';
  const u32 = (value: number): number => (big ? swap32(value) : value);
  const u64 = (value: number): bigint => (big ? swap64(BigInt(value)) : BigInt(value));
  const prefix = `${DELTAS_DIRECTORY}/${deltaPath(from, to)}`;

  const dictionary: [string, Variant][] = [...fields.metadata];
  dictionary.push(['ostree.endianness', variant('y', (big ? 'B' : 'l').charCodeAt(0))]);
  for (const [i, { compression, body }] of fields.inlineParts.entries()) {
    dictionary.push([`${prefix}/${i}`, variant('(yay)', [compression, body])]);
  }
  if (fields.detachedMetadata !== null) {
    dictionary.push([`${prefix}/commitmeta`, variant('a{sv}', detachedCodec.decode(fields.detachedMetadata))]);
  }
  return superblockCodec.encode([
    dictionary,
    swap64(fields.timestamp),
    from === null ? new Uint8Array(0) : checksumToBytes(from),
    checksumToBytes(to),
    commitCodec.decode(fields.commitBytes),
    new Uint8Array(0),
    fields.parts.map(({ checksum, size, usize, objects }) => [
      u32(0),
      checksumToBytes(checksum),
      u64(size),
      u64(usize),
      encodeObjectList(objects),
    ]),
    fields.fallbacks.map(({ type, checksum, size, usize }) => [
      deltaObjectByte(type),
      checksumToBytes(checksum),
      u64(size),
      u64(usize),
    ]),
  ]);
}
