import type { Checksum, FileHeader } from '@ost/objects';
import type { DeltaObjectType } from '../store.js';

/** A stored file object, as the compiler looks at it. */
export interface DeltaFile {
  readonly header: FileHeader;
  /** Bytes of content; 0 for a symbolic link. */
  readonly size: number;
  /** Bytes that the object takes in the repository: what a client loads that fetches it by itself. */
  storedSize(): number;
  /** The whole content. */
  read(): Uint8Array;
}

/**
 * Where the compiler finds the objects of both commits. It is synchronous, and every thread that takes part in the work
 * has one of its own. Objects that are missing are errors with code `not-found`.
 */
export interface DeltaObjects {
  readMetadata(type: Exclude<DeltaObjectType, 'file'>, checksum: Checksum): Uint8Array;
  loadFile(checksum: Checksum): DeltaFile;
}
