import type { Checksum, ObjectType } from '@ost/objects';
import type { WriteStats } from '../store/object-writer.js';
import type { StoreTarget, WriteTarget } from '../store/store-target.js';

/** How objects of another repository are treated. */
export interface ImportPolicy {
  /** Verify each object before it is taken. */
  readonly untrusted: boolean;
  /** Refuse files with a mode outside 0775. */
  readonly bareUserOnlyFiles: boolean;
  /** Both repositories belong to the same user, so that inodes may be shared. */
  readonly sameOwner: boolean;
}

/** One object to take over. */
export interface ImportJob {
  readonly type: ObjectType;
  readonly checksum: Checksum;
}

/** Input of the task that imports objects. */
export interface ImportObjectsInput {
  readonly source: StoreTarget;
  readonly target: WriteTarget;
  readonly policy: ImportPolicy;
  readonly jobs: readonly ImportJob[];
}

/** Its output. */
export interface ImportObjectsOutput {
  readonly metadata: number;
  readonly content: number;
  readonly stats: WriteStats;
}
