import { byteswap } from '@ost/gvariant';
import {
  assertCollectionId,
  assertRefName,
  type Checksum,
  collectionMap,
  metadataValue,
  OstError,
  parseSummary,
  type Summary,
  SUMMARY_KEYS,
  type SummaryRef,
} from '@ost/objects';
import { knownDeltas } from '../delta/known-deltas.js';

/** A ref that a remote offers. */
export interface RemoteRef {
  readonly name: string;
  /** Its collection; null in a repository without one. */
  readonly collectionId: string | null;
  readonly commit: Checksum;
  /** Size of the commit object in bytes. */
  readonly commitSize: number;
  /** Seconds since 1970 that the commit says it was made; null when the summary does not tell. */
  readonly timestamp: bigint | null;
}

/** What a pull needs from a summary. */
export class RemoteSummary {
  /** Collection of the refs in the main list. */
  readonly collectionId: string | null;
  /** `ostree.summary.mode`; null when the summary does not say. */
  readonly mode: string | null;
  /** True when the remote leaves tombstones for deleted commits. */
  readonly tombstones: boolean;
  /** Seconds since 1970 when it was made; null when it does not say. */
  readonly lastModified: bigint | null;
  /** True when there are delta index files. */
  readonly indexedDeltas: boolean;
  /** Digests of superblocks by delta name. */
  readonly deltas: ReadonlyMap<string, Checksum>;
  readonly #main: ReadonlyMap<string, SummaryRef>;
  readonly #others: ReadonlyMap<string, ReadonlyMap<string, SummaryRef>>;

  /** @throws OstError `not-normal`, `corrupt` or `invalid-name` */
  constructor(
    readonly bytes: Uint8Array,
    readonly signature: Uint8Array | null,
  ) {
    const summary: Summary = parseSummary(bytes);
    const { metadata } = summary;
    this.collectionId = metadataValue(metadata, 'ostree.summary.collection-id', 's') ?? null;
    if (this.collectionId !== null) assertCollectionId(this.collectionId);
    this.mode = metadataValue(metadata, 'ostree.summary.mode', 's') ?? null;
    this.tombstones = metadataValue(metadata, 'ostree.summary.tombstone-commits', 'b') ?? false;
    this.indexedDeltas = metadataValue(metadata, 'ostree.summary.indexed-deltas', 'b') ?? false;
    this.lastModified = bigEndian(metadataValue(metadata, SUMMARY_KEYS.lastModified, 't'));
    this.deltas = knownDeltas(metadata);
    this.#main = byName(summary.refs);
    this.#others = new Map(collectionMap(summary).map(([id, refs]) => [id, byName(refs)]));
    for (const id of this.#others.keys()) assertCollectionId(id);
  }

  /** All refs. */
  list(): RemoteRef[] {
    const maps: [string | null, ReadonlyMap<string, SummaryRef>][] = [[this.collectionId, this.#main], ...this.#others];
    return maps.flatMap(([id, refs]) => [...refs.values()].map((ref) => remoteRef(ref, id)));
  }

  /**
   * Looks a ref up.
   * @throws OstError `not-found` (`No such branch 'REF' in repository summary`)
   */
  find(name: string, collectionId: string | null): RemoteRef {
    const ref = this.lookup(name, collectionId);
    if (ref !== null) return ref;
    const what = collectionId === null ? `'${name}'` : `(${collectionId}, ${name})`;
    throw new OstError('not-found', `No such branch ${what} in repository summary`, { data: { ref: name } });
  }

  /** The same; null when the remote does not have it. */
  lookup(name: string, collectionId: string | null): RemoteRef | null {
    const main = collectionId === null || collectionId === this.collectionId;
    const ref = (main ? this.#main : this.#others.get(collectionId))?.get(name);
    return ref === undefined ? null : remoteRef(ref, collectionId);
  }
}

function remoteRef({ name, checksum, size, metadata }: SummaryRef, collectionId: string | null): RemoteRef {
  const timestamp = bigEndian(metadataValue(metadata, SUMMARY_KEYS.commitTimestamp, 't'));
  return { name, collectionId, commit: checksum, commitSize: Number(size), timestamp };
}

/** Times in summaries are big-endian, whatever the byte order of the file. */
function bigEndian(value: bigint | undefined): bigint | null {
  return value === undefined ? null : byteswap('t', value);
}

function byName(refs: readonly SummaryRef[]): ReadonlyMap<string, SummaryRef> {
  for (const { name } of refs) assertRefName(name);
  return new Map(refs.map((ref) => [ref.name, ref]));
}
