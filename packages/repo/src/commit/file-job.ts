import type { Checksum, Xattr, Xattrs } from '@ost/objects';
import type { WriteStats } from '../store/object-writer.js';
import type { WriteTarget } from '../store/store-target.js';

/** One file or symlink to bring into the store. */
export interface FileJob {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** Full mode to store. */
  readonly mode: number;
  /** Size that the walk saw, to decide between whole and streamed. */
  readonly size: number;
  /** The attributes to store, or `read` to take the file's own. */
  readonly xattrs: Xattrs | 'read';
  /** Attribute to add. */
  readonly label: Xattr | null;
  /** The file may be renamed into the store, because what it has is exactly what is stored. */
  readonly adopt: boolean;
}

/** Input of the task that hashes and stores files. */
export interface StoreFilesInput {
  readonly target: WriteTarget;
  readonly jobs: readonly FileJob[];
  /** Report the archived and unpacked sizes, for `ostree.sizes`. */
  readonly sizes: boolean;
  /** Delete each source file once it is stored. */
  readonly consume: boolean;
}

/** Its output, in the order of the jobs. */
export interface StoreFilesOutput {
  readonly checksums: readonly Checksum[];
  /** [archived, unpacked] per job, when asked for. */
  readonly sizes: readonly (readonly [number, number])[];
  readonly stats: WriteStats;
}
