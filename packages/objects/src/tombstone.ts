import { type Checksum, toChecksum } from './checksum.js';
import { OstError } from './errors.js';
import { encodeMetadata, metadataValue, parseMetadata } from './metadata.js';

/** Serializes the tombstone that a deleted commit leaves, stored under that commit's checksum. */
export function encodeTombstone(commit: Checksum): Uint8Array {
  return encodeMetadata([['commit', { type: 'ay', value: new TextEncoder().encode(`${commit}\0`) }]]);
}

/**
 * Parses a tombstone: the commit that was deleted.
 * @throws OstError `not-normal` or `corrupt`
 */
export function parseTombstone(bytes: Uint8Array): Checksum {
  const value = metadataValue(parseMetadata(bytes), 'commit', 'ay');
  if (value === undefined) throw new OstError('corrupt', 'Tombstone names no commit');
  return toChecksum(new TextDecoder().decode(value.subarray(0, -1)));
}
