import type { Checksum, FileHeader } from '@ost/objects';

/** A value now or later. Synchronous stores answer directly, which keeps the loop over many small objects fast. */
export type Awaitable<T> = T | Promise<T>;

/** The object types that a delta carries. */
export type DeltaObjectType = 'file' | 'dirtree' | 'dirmeta' | 'commit';

/** Random access to the content of one stored regular file. */
export interface DeltaSource {
  /** Bytes of content. */
  readonly size: number;
  /** Fills `target` from `position` on, as far as there is content; answers how many bytes were filled. */
  read(target: Uint8Array, position: number): Awaitable<number>;
  /** Called once when the delta is done with the file. */
  close(): void;
}

/** Takes the content of one large file in order. Nothing may become visible before {@link FileSink.finish}. */
export interface FileSink {
  /** The next bytes. `chunk` is reused afterwards: write or copy it before answering. */
  write(chunk: Uint8Array): Awaitable<void>;
  /** All bytes came and their checksum is right: publish. */
  finish(): Awaitable<void>;
  /** Something failed: forget the file. Called at most once, never after {@link FileSink.finish}. */
  abort(): Awaitable<void>;
}

/** A file that nobody else sees and that is gone when it is closed. */
export interface ScratchFile {
  /** Appends bytes. */
  write(chunk: Uint8Array): void;
  /** Fills all of `target` from `position` on. */
  read(target: Uint8Array, position: number): void;
  close(): void;
}

/**
 * Where a delta finds the objects of its source commit and puts those of its target. The applier verifies every
 * checksum before it calls {@link DeltaStore.writeMetadata}, {@link DeltaStore.writeFile} or {@link FileSink.finish}, so
 * a store need not hash again. Arrays that are passed in may be views of a part: they are valid until the call (or its
 * promise) is done.
 */
export interface DeltaStore {
  /** True if the object is stored (or staged); its bytes in the delta are then passed over. */
  hasObject(type: DeltaObjectType, checksum: Checksum): boolean;
  /** Opens a stored regular file; throws an `OstError` with code `not-found` if there is none. */
  openSource(checksum: Checksum): Awaitable<DeltaSource>;
  /** Stores a metadata object. */
  writeMetadata(type: Exclude<DeltaObjectType, 'file'>, bytes: Uint8Array, checksum: Checksum): Awaitable<void>;
  /** Stores a symbolic link (no content) or a regular file that is whole in memory. */
  writeFile(header: FileHeader, content: Uint8Array, checksum: Checksum): Awaitable<void>;
  /** Begins to store a regular file of exactly `size` bytes that comes in pieces. */
  beginFile(header: FileHeader, size: number, checksum: Checksum): Awaitable<FileSink>;
  /**
   * Makes a scratch file for what a part decompresses to, tens of megabytes. A store that has nowhere to put one leaves
   * this out; memory is used then.
   */
  scratch?(): ScratchFile;
}

/** A store that also takes what a delta carries beside its parts; see {@link applyOffline}. */
export interface CommitDeltaStore extends DeltaStore {
  /** Stores the detached metadata (a serialized `a{sv}`) of a commit. */
  writeDetachedMetadata(commit: Checksum, bytes: Uint8Array): Awaitable<void>;
}
