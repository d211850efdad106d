import type { Xattr } from '@ost/objects';

/** What an entry of an archive makes. `other` is what no commit can hold: devices, fifos, sockets, further volumes. */
export type ArchiveEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

/** One entry of a tar or cpio archive. Names are bytes, as the formats have them. */
export interface ArchiveEntry {
  readonly path: Uint8Array;
  readonly type: ArchiveEntryType;
  /** Permission bits, without the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Length of the content in bytes. */
  readonly size: number;
  /** What a symlink or hard link points at; empty otherwise. */
  readonly linkTarget: Uint8Array;
  /** In the order of the archive. */
  readonly xattrs: readonly Xattr[];
  /** The content: once, before the next entry is asked for, whole or not at all. */
  content(): AsyncGenerator<Uint8Array, void, undefined>;
}
