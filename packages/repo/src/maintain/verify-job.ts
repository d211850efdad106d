import type { Checksum, ObjectType } from '@ost/objects';
import type { SharedJobs } from '../pool/shared-jobs.js';
import type { StoreTarget } from '../store/store-target.js';

/** One object to check. */
export interface VerifyJob {
  readonly type: ObjectType;
  readonly checksum: Checksum;
}

/** Input of the task that checks objects. */
export interface VerifyObjectsInput {
  readonly target: StoreTarget;
  /** Several inputs may share them. */
  readonly objects: SharedJobs<VerifyJob>;
}

/** What is wrong with one object. */
export interface ObjectFinding extends VerifyJob {
  readonly problem: 'missing' | 'corrupt';
  /** One line for people. */
  readonly message: string;
}

/** Output: only the bad ones. */
export interface VerifyObjectsOutput {
  readonly findings: readonly ObjectFinding[];
}
