import type { Checksum } from '@ost/objects';
import type { WriteStats } from '../store/object-writer.js';
import type { WriteTarget } from '../store/store-target.js';

/** How files are signed. */
export interface ImaPolicy {
  readonly algorithm: string;
  /** The private key, in PEM form. */
  readonly key: string;
  /** Replace signatures that files have. */
  readonly overwrite: boolean;
}

/** Input of the task that signs files. */
export interface SignFilesInput {
  readonly target: WriteTarget;
  readonly policy: ImaPolicy;
  readonly files: readonly Checksum[];
}

/** Its output. */
export interface SignFilesOutput {
  /** The signed file for each, in the same order. */
  readonly signed: readonly Checksum[];
  readonly stats: WriteStats;
}
