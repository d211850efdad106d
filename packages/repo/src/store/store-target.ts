import type { RepoMode } from '@ost/objects';

/**
 * Everything that a reader or writer of objects needs to know, as plain data, so that it can be sent to a worker
 * thread and a store be opened there too.
 */
export interface StoreTarget {
  /** Absolute path of the repository. */
  readonly path: string;
  readonly mode: RepoMode;
  /** Repositories that objects are looked up in after this one, nearest first. */
  readonly parents: readonly { readonly path: string; readonly mode: RepoMode }[];
  /** `core.disable-xattrs`: never read or write extended attributes. */
  readonly disableXattrs: boolean;
  /** Deflate level of the archive mode. */
  readonly zlibLevel: number;
}

/** Where a transaction's new objects go, as plain data. */
export interface WriteTarget extends StoreTarget {
  /** Name of the transaction, unlike any other's: a staging directory may serve several of them in turn. */
  readonly transaction: string;
  /** Absolute path of the transaction's staging directory. */
  readonly staging: string;
  /** Where staged objects are looked for; null when there are none, and never will be. */
  readonly staged: string | null;
  /** Put finished objects straight into `objects/` instead of the staging directory (no fsync wanted, or one per object). */
  readonly direct: boolean;
  /** Flush every content object before it gets its name. */
  readonly syncObjects: boolean;
  /** In the mode bare-split-xattrs: write attribute objects, instead of refusing files. */
  readonly splitXattrs: boolean;
  /** Size in bytes from which content shares its blocks with objects of the same content; null for never. */
  readonly payloadLinkThreshold: number | null;
  /** Content blocks that may still be written before the free-space reserve is touched. */
  readonly space: SpaceBudget | null;
}

/** The free-space reserve of a transaction, shared between threads. */
export interface SpaceBudget {
  /** Remaining blocks, one 64-bit cell shared by all threads. */
  readonly remaining: SharedArrayBuffer;
  readonly blockSize: number;
  /** `min-free-space-percent '3%'` or `min-free-space-size 1GB`, for the message. */
  readonly setting: string;
}
