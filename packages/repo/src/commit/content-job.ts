import type { Checksum, FileHeader } from '@ost/objects';
import type { WriteStats } from '../store/object-writer.js';
import type { WriteTarget } from '../store/store-target.js';

/** A file object that the store lacks: its name is known, its content in memory. */
export interface ContentJob {
  readonly checksum: Checksum;
  readonly header: FileHeader;
  /** In a buffer of its own, which may move to the thread that writes it. */
  readonly content: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

/** Input of the task that packs and writes file objects. */
export interface StoreContentsInput {
  readonly target: WriteTarget;
  readonly jobs: readonly ContentJob[];
  /** Report the archived sizes, for `ostree.sizes`. */
  readonly sizes: boolean;
}

/** Its output. */
export interface StoreContentsOutput {
  /** Per job, when asked for. */
  readonly archived: readonly number[];
  readonly stats: WriteStats;
}
