import type { Checksum, Metadata, ObjectType } from '@ost/objects';
import type { Repo, Transaction } from '@ost/repo';

/** What {@link OpenedDelta.apply} works with. */
export interface ApplyDeltaContext {
  /** Has the objects of the source commit. */
  readonly repo: Repo;
  /** Takes the objects of the target commit. */
  readonly transaction: Transaction;
  /** Gets a part as stored, not longer than its header says; the applier checks its checksum. */
  readonly fetchPart: (index: number, signal?: AbortSignal) => Promise<Uint8Array>;
  readonly signal: AbortSignal;
}

/** What applying did. */
export interface AppliedDelta {
  /** Parts that were executed, inline ones included. */
  readonly applied: number;
  /** Parts that had nothing new. */
  readonly skipped: number;
}

/** What the envelope of a signed superblock holds. */
export interface SignedDelta {
  /** The bytes that were signed. */
  readonly data: Uint8Array;
  /** The dictionary with the signatures. */
  readonly metadata: Metadata;
}

/** A parsed superblock. */
export interface OpenedDelta {
  /** Source commit; null for a delta from nothing. */
  readonly from: Checksum | null;
  readonly to: Checksum;
  /** Null for a superblock without an envelope. */
  readonly signed: SignedDelta | null;
  /** The target's commit object. */
  readonly commit: Uint8Array;
  /** The target's detached metadata when the delta was made. */
  readonly detachedMetadata: Uint8Array | null;
  readonly parts: readonly {
    readonly size: number;
    readonly usize: number;
    /** SHA-256 of the part as stored. */
    readonly checksum: Checksum;
    /** The part is inside of the superblock. */
    readonly inline: boolean;
  }[];
  /** Objects that have to be fetched one by one. */
  readonly fallbacks: readonly {
    readonly type: ObjectType;
    readonly checksum: Checksum;
    readonly size: number;
    readonly usize: number;
  }[];
  /** Executes all parts; the commit object itself is left to the caller. */
  apply(context: ApplyDeltaContext): Promise<AppliedDelta>;
}

/** Understands static deltas. */
export interface DeltaApplier {
  /** Parses a superblock whose digest has been checked. */
  open(superblock: Uint8Array): OpenedDelta;
}
