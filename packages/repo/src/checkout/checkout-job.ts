import type { Checksum } from '@ost/objects';
import type { StoreTarget } from '../store/store-target.js';

/** What happens to entries that the destination has already. */
export type OverwriteMode = 'none' | 'union' | 'add' | 'identical';

/** How files are placed; the part of the options that the workers need. */
export interface PlaceOptions {
  /** No chown, no xattrs, no set-user-id bits. */
  readonly userMode: boolean;
  readonly overwrite: OverwriteMode;
  /** Always copy. */
  readonly forceCopy: boolean;
  /** Fail where a hard link is not possible. */
  readonly requireHardlinks: boolean;
  /** Unpack archived files into the repository's cache and link them from there. */
  readonly useCache: boolean;
  /** Replace a directory of the destination by a file of the same name. */
  readonly replaceDirectories: boolean;
  /** Leave stored SELinux labels out: jobs have their own. */
  readonly relabel: boolean;
}

/** One file or symlink to place. */
export interface CheckoutFileJob {
  /** Destination path. */
  readonly path: string;
  readonly checksum: Checksum;
  /** SELinux context of the copy. */
  readonly label?: string | null;
}

/** Input of the task that places files. */
export interface CheckoutFilesInput {
  readonly target: StoreTarget;
  readonly options: PlaceOptions;
  readonly jobs: readonly CheckoutFileJob[];
}

/** Its output. */
export interface CheckoutFilesOutput {
  /** Bytes of content that were copied rather than linked. */
  readonly bytesCopied: number;
}
