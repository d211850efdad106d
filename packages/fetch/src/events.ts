import type { Checksum } from '@ost/objects';

/** How far a pull has come. All numbers only grow. */
export interface PullProgress {
  /** Requests for metadata objects, detached metadata and superblocks: sent, and answered. */
  readonly metadataRequested: number;
  readonly metadataFetched: number;
  /** Content objects: known to be missing, and stored. */
  readonly contentRequested: number;
  readonly contentFetched: number;
  /** Objects taken from local caches. */
  readonly metadataLocal: number;
  readonly contentLocal: number;
  /** Delta parts of all deltas that were chosen, and those done. */
  readonly deltaParts: number;
  readonly deltaPartsDone: number;
  readonly deltaBytes: number;
  readonly deltaBytesDone: number;
  /** Bytes of all response bodies. */
  readonly bytesTransferred: number;
  /** Bytes that there are to fetch in all, near enough; null when the commits do not tell. */
  readonly bytesExpected: number | null;
  /** True while there are directories left to look at, so that the totals will still grow. */
  readonly scanning: boolean;
}

/** What happens during a pull. */
export type PullEvent =
  | { readonly type: 'resolved'; readonly refs: readonly { readonly name: string; readonly commit: Checksum }[] }
  | { readonly type: 'progress'; readonly progress: PullProgress }
  | {
      readonly type: 'signature';
      /** `gpg`: OpenPGP; `sign`: another engine. */
      readonly mechanism: 'gpg' | 'sign';
      readonly commit: Checksum | null;
      readonly lines: readonly string[];
    }
  | { readonly type: 'delta'; readonly from: Checksum | null; readonly to: Checksum }
  | { readonly type: 'publish' };
