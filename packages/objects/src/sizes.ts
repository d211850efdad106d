import type { Variant } from '@ost/gvariant';
import { type Checksum, checksumFromBytes, checksumToBytes } from './checksum.js';
import { OstError } from './errors.js';
import { type Metadata, metadataValue } from './metadata.js';
import { COMMIT_KEYS } from './metadata-keys.js';
import { OBJECT_TYPE_NUMBERS, objectTypeFromNumber, type ObjectType } from './object-type.js';

/** What a commit says about the size of one object (repository format, "ostree.sizes"). */
export interface SizesEntry {
  readonly checksum: Checksum;
  readonly type: ObjectType;
  /** Bytes in an archive repository. */
  readonly archived: number;
  /** Bytes of content. */
  readonly unpacked: number;
}

function varuint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new OstError('invalid-argument', `Not a size: ${value}`);
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return bytes;
}

/** The value of `ostree.sizes`; entries must be sorted by checksum. */
export function encodeSizes(entries: readonly SizesEntry[]): Variant {
  const value = entries.map(({ checksum, type, archived, unpacked }) =>
    Uint8Array.from([
      ...checksumToBytes(checksum),
      ...varuint(archived),
      ...varuint(unpacked),
      OBJECT_TYPE_NUMBERS[type],
    ]),
  );
  return { type: 'aay', value };
}

/**
 * Reads `ostree.sizes` of a commit's metadata.
 * @throws OstError `not-found` when there is none, `corrupt`
 */
export function parseSizes(metadata: Metadata): SizesEntry[] {
  const value = metadataValue(metadata, COMMIT_KEYS.sizes, 'aay');
  if (value === undefined) throw new OstError('not-found', 'No metadata key ostree.sizes in commit');
  return value.map(parseEntry);
}

function parseEntry(bytes: Uint8Array): SizesEntry {
  const checksum = checksumFromBytes(bytes.subarray(0, 32));
  let at = 32;
  const next = (): number => {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      result |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) !== 0) continue;
      if (result > BigInt(Number.MAX_SAFE_INTEGER)) throw new OstError('limit', 'Size in ostree.sizes is too large');
      return Number(result);
    }
    throw new OstError('corrupt', 'Unexpected EOF reading ostree.sizes varint');
  };
  const archived = next();
  const unpacked = next();
  // Old commits have no type; everything they list is a file.
  const number = at < bytes.length ? (bytes[at] as number) : OBJECT_TYPE_NUMBERS.file;
  const type = objectTypeFromNumber(number);
  if (type === null) throw new OstError('corrupt', `Unexpected ostree.sizes object type ${number}`);
  return { checksum, type, archived, unpacked };
}
