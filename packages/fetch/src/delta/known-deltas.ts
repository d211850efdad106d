import type { Variant } from '@ost/gvariant';
import {
  type Checksum,
  checksumFromBytes,
  isOstError,
  type Metadata,
  metadataValue,
  OstError,
  parseDeltaName,
  parseMetadata,
} from '@ost/objects';

const KEY = 'ostree.static-deltas';

/**
 * The deltas that a dictionary names, with the digests of their superblocks (delta format, "Delta indexes and summary
 * entries").
 * @throws OstError `corrupt`
 */
export function knownDeltas(metadata: Metadata): Map<string, Checksum> {
  const entries = metadataValue(metadata, KEY, 'a{sv}') ?? [];
  return new Map(entries.map(([name, variant]) => [checkName(name), digest(name, variant)]));
}

/** Parses a delta index file. */
export function parseDeltaIndex(bytes: Uint8Array): Map<string, Checksum> {
  return knownDeltas(parseMetadata(bytes));
}

function checkName(name: string): string {
  try {
    parseDeltaName(name);
  } catch (error) {
    if (isOstError(error)) throw new OstError('corrupt', error.message, { cause: error });
    throw error;
  }
  return name;
}

function digest(name: string, { type, value }: Variant): Checksum {
  const bytes = value as Uint8Array;
  if (type === 'ay' && bytes.length === 32) return checksumFromBytes(bytes);
  throw new OstError('corrupt', `Invalid checksum for static delta ${name}`, { data: { delta: name } });
}
