import type { Checksum, DeltaEnds, HashProvider, Metadata } from '@ost/objects';
import type { DeltaWorkers } from './work.js';

/** Options of the compiler. Sizes are bytes. */
export interface CompileOptions extends DeltaEnds {
  /**
   * Put the parts into the superblock.
   * @default false
   */
  readonly inline?: boolean | undefined;
  /**
   * Files that are neither unchanged nor made from an old one, and larger than this, are left to be fetched by
   * themselves; 0 for none.
   * @default 4_000_000
   */
  readonly minFallbackSize?: number | undefined;
  /**
   * Old and new size together up to which bsdiff is used; 0 for never.
   * @default 128_000_000
   */
  readonly maxBsdiffSize?: number | undefined;
  /**
   * Bytes of a part before compression; one that is larger has a single object.
   * @default 32_000_000
   */
  readonly maxChunkSize?: number | undefined;
  /** @default 'little' */
  readonly byteOrder?: 'little' | 'big' | undefined;
  /**
   * Creation time, seconds since 1970.
   * @default now
   */
  readonly timestamp?: bigint | undefined;
  /** Entries for the superblock's dictionary. */
  readonly metadata?: Metadata | undefined;
  /** Detached metadata of the target commit (a serialized `a{sv}`). */
  readonly detachedMetadata?: Uint8Array | null | undefined;
  /** Makes signatures of the superblock's bytes: lists of them by engine name (`ed25519`, `spki`). */
  readonly sign?: ((superblock: Uint8Array) => Promise<ReadonlyMap<string, readonly Uint8Array[]>>) | undefined;
  /** Pass one on `node:crypto`; the default is portable and slow. */
  readonly hash?: HashProvider | undefined;
  /** @default this thread does everything */
  readonly workers?: DeltaWorkers | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: CompileEvent) => void) | undefined;
}

/** What the compiler reports while it works. */
export type CompileEvent =
  /** The objects that the receiver lacks; the target commit counts as metadata. */
  | { readonly type: 'objects'; readonly metadata: number; readonly regular: number; readonly symlinks: number }
  /** New files that are compared with an old one. */
  | { readonly type: 'pairs'; readonly pairs: number }
  | { readonly type: 'compared'; readonly done: number; readonly pairs: number }
  /** A file of which `copied` bytes are copied from an old one. */
  | {
      readonly type: 'rollsum';
      readonly from: Checksum;
      readonly to: Checksum;
      readonly copies: number;
      readonly copied: number;
    }
  | { readonly type: 'fallback'; readonly checksum: Checksum; readonly size: number }
  /** A part is done; they are not done in order. */
  | {
      readonly type: 'part';
      readonly part: number;
      readonly parts: number;
      readonly objects: number;
      readonly size: number;
      readonly usize: number;
    };

/** Figures of a compiled delta. */
export interface CompileStats {
  /** All parts: bytes as stored, bytes of content. */
  readonly size: number;
  readonly usize: number;
  /** Bytes that the objects which the parts hold whole take in the repository. */
  readonly loose: number;
  readonly rollsum: { readonly objects: number; readonly bytes: number };
  readonly bsdiff: { readonly objects: number };
  readonly parts: number;
  readonly fallbacks: { readonly objects: number; readonly size: number };
}

/** A compiled delta. */
export interface CompiledDelta {
  /** The superblock, in its envelope if it was signed. */
  readonly superblock: Uint8Array;
  readonly stats: CompileStats;
}
