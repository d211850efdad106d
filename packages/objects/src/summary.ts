import { codec, type Codec, type Value, type Variant } from '@ost/gvariant';
import { type Checksum, checksumFromBytes, checksumToBytes } from './checksum.js';
import { type Metadata, metadataValue } from './metadata.js';
import { SUMMARY_KEYS } from './metadata-keys.js';
import { assertCollectionId, assertRefName } from './names.js';
import { decoding, encoding } from './variant-errors.js';

/** A ref as a summary lists it. */
export interface SummaryRef {
  readonly name: string;
  /** Length of the commit object in bytes. */
  readonly size: bigint;
  readonly checksum: Checksum;
  /** `ostree.commit.timestamp` (big-endian), `ostree.commit.version`. */
  readonly metadata: Metadata;
}

/** A repository's table of contents (repository format, "Summary"). */
export interface Summary {
  /** Sorted by name. */
  readonly refs: readonly SummaryRef[];
  readonly metadata: Metadata;
}

/** Type of a serialized summary. */
export const SUMMARY_TYPE = '(a(s(taya{sv}))a{sv})';

type RefMap = Value<'a(s(taya{sv}))'>;
const summaryCodec: Codec<'(a(s(taya{sv}))a{sv})'> = codec('(a(s(taya{sv}))a{sv})');

function encodeRefs(refs: readonly SummaryRef[]): RefMap {
  return refs.map(({ name, size, checksum, metadata }) => [name, [size, checksumToBytes(checksum), metadata]]);
}

function parseRefs(refs: RefMap): SummaryRef[] {
  return refs.map(([name, [size, checksum, metadata]]) => {
    assertRefName(name);
    return { name, size, checksum: checksumFromBytes(checksum), metadata };
  });
}

/** Serializes a summary; refs must be sorted by name. */
export function encodeSummary(summary: Summary): Uint8Array {
  return encoding(() => summaryCodec.encode([encodeRefs(summary.refs), summary.metadata]));
}

/**
 * Parses a summary. Ref names become paths, so they are checked here.
 * @throws OstError `not-normal` (`Not normal form`), `corrupt` or `invalid-name`
 */
export function parseSummary(bytes: Uint8Array): Summary {
  const [refs, metadata] = decoding(() => summaryCodec.decode(bytes));
  return { refs: parseRefs(refs), metadata };
}

/** Refs of foreign collections, by collection id. */
export type CollectionMap = readonly (readonly [collection: string, refs: readonly SummaryRef[]])[];

/** The value of `ostree.summary.collection-map`; ids and refs must be sorted. */
export function encodeCollectionMap(map: CollectionMap): Variant {
  return { type: 'a{sa(s(taya{sv}))}', value: map.map(([id, refs]) => [id, encodeRefs(refs)]) };
}

/**
 * Refs of foreign collections that a summary lists.
 * @throws OstError `corrupt` or `invalid-name`
 */
export function collectionMap(summary: Summary): CollectionMap {
  const value = metadataValue(summary.metadata, SUMMARY_KEYS.collectionMap, 'a{sa(s(taya{sv}))}') ?? [];
  return value.map(([id, refs]) => {
    assertCollectionId(id);
    return [id, parseRefs(refs)] as const;
  });
}
