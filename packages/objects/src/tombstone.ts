import { type Checksum, isChecksum } from './checksum.js';
import { OstError } from './errors.js';
import { encodeMetadata, metadataValue, parseMetadata } from './metadata.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Serializes the tombstone that a deleted commit leaves, stored under that commit's checksum. */
export function encodeTombstone(commit: Checksum): Uint8Array {
  return encodeMetadata([['commit', { type: 'ay', value: encoder.encode(`${commit}\0`) }]]);
}

/**
 * Parses a tombstone: the commit that was deleted.
 * @throws OstError `not-normal` or `corrupt`
 */
export function parseTombstone(bytes: Uint8Array): Checksum {
  const value = metadataValue(parseMetadata(bytes), 'commit', 'ay');
  if (value === undefined) throw new OstError('corrupt', 'Tombstone names no commit');
  const text = decoder.decode(value);
  if (!text.endsWith('\0') || !isChecksum(text.slice(0, -1))) {
    throw new OstError('corrupt', 'Tombstone names no commit', { data: { commit: text } });
  }
  return text.slice(0, -1) as Checksum;
}
