import type { Variant } from '@ost/gvariant';
import { codec } from '@ost/gvariant';
import type { Checksum, DeltaEnds } from '@ost/objects';
import { checksumFromBytes, isOstError, parseDeltaName } from '@ost/objects';
import { corrupt, decodeStrict, tooLarge } from '../errors.js';
import type { DeltaLimits } from '../limits.js';
import { deltaLimits } from '../limits.js';

const KEY = 'ostree.static-deltas';
const dictionaryCodec = codec('a{sv}');

/** A delta that a delta index or a summary names. */
export interface KnownDelta extends DeltaEnds {
  /** `FROM-TO` or `TO`. */
  readonly name: string;
  /** SHA-256 of the superblock file as stored. */
  readonly digest: Checksum;
}

/** Parses a delta index file ("Delta indexes and summary entries" of the delta format). */
export function parseDeltaIndex(bytes: Uint8Array, options: { limits?: Partial<DeltaLimits> } = {}): KnownDelta[] {
  const limit = deltaLimits(options.limits).superblockSize;
  if (bytes.length > limit) throw tooLarge('Size of static delta index', bytes.length, limit);
  const entries = decodeStrict(dictionaryCodec, bytes, 'Static delta index');
  const found = entries.find(([key]) => key === KEY);
  return found === undefined ? [] : parseKnownDeltas(found[1]);
}

/** Reads the value of the `ostree.static-deltas` key, which indexes and summaries share. */
export function parseKnownDeltas(variant: Variant): KnownDelta[] {
  if (variant.type !== 'a{sv}') throw corrupt(`Invalid type '${variant.type}' of ${KEY}`);
  return (variant.value as [string, Variant][]).map(([name, { type, value }]) => {
    const { from, to } = parseName(name);
    const digest = value as Uint8Array;
    if (type !== 'ay' || digest.length !== 32) throw corrupt(`Invalid checksum for static delta ${name}`);
    return { name, from, to, digest: checksumFromBytes(digest) };
  });
}

function parseName(name: string): DeltaEnds {
  try {
    return parseDeltaName(name);
  } catch (error) {
    if (!isOstError(error)) throw error;
    throw corrupt(error.message, error.data);
  }
}
