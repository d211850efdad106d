import type { Checksum, DirMeta } from '@ost/objects';
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
  /** Bits that the mode of a directory may have. */
  readonly directoryMask: number;
  /** Leave stored SELinux labels out: jobs have their own. */
  readonly relabel: boolean;
}

/** One file or symlink to place. */
export interface CheckoutFileJob {
  /** Destination path. */
  readonly path: string;
  readonly checksum: Checksum;
  /** SELinux context of the copy. */
  readonly label?: string | null | undefined;
}

/** One file or symlink of a directory. */
export interface CheckoutEntry {
  readonly name: string;
  readonly checksum: Checksum;
  /** SELinux context of the copy. */
  readonly label?: string | null;
}

/** A directory to make and fill. */
export interface CheckoutDirectory {
  readonly path: string;
  /** Its owner, mode and xattrs; null when it is there already. */
  readonly meta: DirMeta | null;
  /** SELinux context of a directory to make. */
  readonly label: string | null;
  readonly files: readonly CheckoutEntry[];
}

/** Directories that one thread makes: each behind its parent, unless that is there, and with all that are below it. */
export type CheckoutGroup = readonly CheckoutDirectory[];

/** Input of the task that makes directories and places files. */
export interface CheckoutFilesInput {
  readonly target: StoreTarget;
  readonly options: PlaceOptions;
  readonly groups: readonly CheckoutGroup[];
}

/** Its output. */
export interface CheckoutFilesOutput {
  /** Bytes of content that were copied rather than linked. */
  readonly bytesCopied: number;
  /** What was found to be plain files, see `PlainFiles`. */
  readonly plain: readonly Checksum[];
}
