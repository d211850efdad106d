import type { Variant } from '@ost/gvariant';
import { codec } from '@ost/gvariant';
import type { Checksum, Commit, HashProvider, Metadata } from '@ost/objects';
import {
  checksumFromBytes,
  DELTAS_DIRECTORY,
  deltaPath,
  formatDeltaName,
  parseCommit,
  portableHash,
} from '@ost/objects';
import { boundedSize, corrupt, decodeStrict, tooLarge } from '../errors.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';
import type { DeltaObjectType } from '../store.js';
import type { DeltaByteOrder } from './byte-order.js';
import { detectByteOrder, swap32, swap64 } from './byte-order.js';
import type { SignedEnvelope } from './envelope.js';
import { parseEnvelope } from './envelope.js';
import { deltaObjectType, ObjectList } from './object-list.js';

const COMMIT_TYPE = '(a{sv}aya(say)sstayay)';
const commitCodec = codec(COMMIT_TYPE);
const superblockCodec = codec(`(a{sv}tayay${COMMIT_TYPE}aya(uayttay)a(yaytt))`);
const detachedCodec = codec('a{sv}');
const PAIR = 64;

/** What the superblock says about one part. */
export interface PartHeader {
  /** Format version; 0 is the only one there is. */
  readonly version: number;
  /** SHA-256 of the part as stored, compression byte included. */
  readonly checksum: Checksum;
  /** Bytes of the part as stored. */
  readonly size: number;
  /** Content bytes of all objects that the part produces. */
  readonly usize: number;
  /** The objects that the part produces, in order. */
  readonly objects: ObjectList;
}

/** An object of the target commit that is in no part: it has to come from the repository itself. */
export interface Fallback {
  readonly type: DeltaObjectType;
  readonly checksum: Checksum;
  /** Bytes of the object as the generating repository stores it. */
  readonly size: number;
  /** Bytes of its content. */
  readonly usize: number;
}

/** A part that the superblock carries itself: the compression byte and what follows it. */
export interface InlinePart {
  readonly compression: number;
  readonly body: Uint8Array;
}

/** A parsed superblock ("Superblock" of the delta format). */
export interface Superblock {
  /** `FROM-TO`, or `TO` for a delta from scratch. */
  readonly name: string;
  /** Source commit, null for a delta from scratch. */
  readonly from: Checksum | null;
  /** Target commit. */
  readonly to: Checksum;
  /** Creation time, seconds since 1970. */
  readonly timestamp: bigint;
  /** The target's commit object, byte for byte; its checksum is {@link Superblock.to}. */
  readonly commitBytes: Uint8Array;
  /** The target's commit object, parsed. */
  readonly commit: Commit;
  /** The target's detached metadata (serialized `a{sv}`) at the time of generation, if there was any. */
  readonly detachedMetadata: Uint8Array | null;
  /** What the creator of the delta added to the dictionary. */
  readonly metadata: Metadata;
  /** How many deltas the creator wants applied first; no known creator sets it and no applier looks at it. */
  readonly parents: number;
  readonly byteOrder: DeltaByteOrder;
  readonly parts: readonly PartHeader[];
  /** Inline parts by number. */
  readonly inlineParts: ReadonlyMap<number, InlinePart>;
  readonly fallbacks: readonly Fallback[];
  /** The signatures, if the superblock was wrapped in an envelope. Nothing has verified them. */
  readonly envelope: SignedEnvelope | null;
}

/** Options of {@link parseSuperblock}. */
export interface ParseSuperblockOptions {
  /** @default portableHash */
  readonly hash?: HashProvider;
  readonly limits?: Partial<DeltaLimits>;
  /**
   * Allow the size of a file with inline parts.
   * @default false
   */
  readonly offline?: boolean;
}

/**
 * Parses a superblock, plain or signed, and checks everything that can be checked without the parts: normal form,
 * lengths, object types, limits, and that the embedded commit is the target. Signatures are not verified here.
 */
export function parseSuperblock(bytes: Uint8Array, options: ParseSuperblockOptions = {}): Superblock {
  const limits = deltaLimits(options.limits);
  const limit = options.offline ? limits.inlineSuperblockSize : limits.superblockSize;
  if (bytes.length > limit) throw tooLarge('Size of static delta superblock', bytes.length, limit);
  const envelope = parseEnvelope(bytes);
  const decoded = decodeStrict(superblockCodec, envelope?.signedData ?? bytes, 'Static delta superblock');
  const [entries, time, fromBytes, toBytes, commitValue, dependencies, headers, fallbackEntries] = decoded;

  const from = fromBytes.length === 0 ? null : checksumField(fromBytes);
  const to = checksumField(toBytes);
  const commitBytes = commitCodec.encode(commitValue);
  const actual = (options.hash ?? portableHash).sha256(commitBytes);
  if (actual !== to) {
    const message = `Corrupted commit object; checksum expected='${to}' actual='${actual}'`;
    throw corrupt(message, { expected: to, actual });
  }
  if (dependencies.length % PAIR !== 0) throw corrupt(`Invalid delta dependency list length ${dependencies.length}`);
  for (const list of [headers, fallbackEntries]) {
    if (list.length > limits.parts) throw tooLarge('Number of static delta entries', list.length, limits.parts);
  }

  const dictionary = readDictionary(entries, `${DELTAS_DIRECTORY}/${deltaPath(from, to)}/`);
  const objectLists = headers.map(([, , , , list]) => new ObjectList(list));
  const sizes = headers.map(([, , size, usize], i) => ({ size, usize, objects: objectLists[i]?.length ?? 0 }));
  const byteOrder = detectByteOrder(dictionary.endianness, sizes);
  const big = byteOrder.order === 'big';
  const field = (value: bigint, max: number, what: string): number =>
    boundedSize(big ? swap64(value) : value, max, what);

  const parts = headers.map(
    ([version, checksum, size, usize], i): PartHeader => ({
      version: big ? swap32(version) : version,
      checksum: checksumField(checksum),
      size: field(size, limits.partSize, 'Size of static delta part'),
      usize: field(usize, limits.contentSize, 'Uncompressed size of static delta part'),
      objects: objectLists[i] as ObjectList,
    }),
  );
  const total = parts.reduce((sum, part) => sum + part.usize, 0);
  if (total > limits.contentSize) throw tooLarge('Uncompressed size of static delta', total, limits.contentSize);
  const fallbacks = fallbackEntries.map(
    ([type, checksum, size, usize]): Fallback => ({
      type: deltaObjectType(type),
      checksum: checksumField(checksum),
      size: field(size, limits.contentSize, 'Size of static delta fallback'),
      usize: field(usize, limits.contentSize, 'Uncompressed size of static delta fallback'),
    }),
  );

  return {
    name: formatDeltaName(from, to),
    from,
    to,
    timestamp: swap64(time),
    commitBytes,
    commit: parseCommit(commitBytes),
    detachedMetadata: dictionary.detached,
    metadata: dictionary.metadata,
    parents: dependencies.length / PAIR,
    byteOrder,
    parts,
    inlineParts: dictionary.inlineParts,
    fallbacks,
    envelope,
  };
}

interface Dictionary {
  endianness: Variant | undefined;
  detached: Uint8Array | null;
  metadata: [string, Variant][];
  inlineParts: Map<number, InlinePart>;
}

/** Sorts the metadata dictionary into the keys that the format defines and those of the creator. */
function readDictionary(entries: readonly (readonly [string, Variant])[], prefix: string): Dictionary {
  const result: Dictionary = { endianness: undefined, detached: null, metadata: [], inlineParts: new Map() };
  for (const [key, variant] of entries) {
    if (key === 'ostree.endianness') {
      result.endianness ??= variant;
      continue;
    }
    const rest = key.startsWith(prefix) ? key.slice(prefix.length) : '';
    if (rest === 'commitmeta') {
      if (variant.type !== 'a{sv}')
        throw corrupt(`Invalid type '${variant.type}' of detached metadata in static delta`);
      result.detached ??= detachedCodec.encode(variant.value as [string, Variant][]);
    } else if (/^(0|[1-9][0-9]{0,8})$/.test(rest)) {
      if (variant.type !== '(yay)') throw corrupt(`Invalid type '${variant.type}' of inline static delta part`);
      const [compression, body] = variant.value as [number, Uint8Array];
      if (!result.inlineParts.has(Number(rest))) result.inlineParts.set(Number(rest), { compression, body });
    } else {
      result.metadata.push([key, variant]);
    }
  }
  return result;
}

function checksumField(bytes: Uint8Array): Checksum {
  if (bytes.length !== 32) throw corrupt(`Invalid checksum of length ${bytes.length} expected 32`);
  return checksumFromBytes(bytes);
}
