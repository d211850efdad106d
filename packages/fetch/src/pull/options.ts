import { type Checksum, OstError } from '@ost/objects';
import type { Repo, TransactionOptions } from '@ost/repo';
import type { DeltaApplier } from '../delta-applier.js';
import type { PullEvent } from '../events.js';
import type { HttpOptions } from '../http/settings.js';
import type { PullPlan } from './plan.js';
import type { SignatureVerifier } from '../verifier.js';

/** A ref of a collection, maybe at a commit. */
export interface CollectionRef {
  readonly collectionId: string;
  readonly name: string;
  /** @default what the remote has */
  readonly commit?: Checksum;
}

/** Options of {@link pull}. */
export interface PullOptions extends HttpOptions, TransactionOptions {
  /**
   * Refs (`main`), refs at a commit (`main@CHECKSUM`) and commits (`CHECKSUM`). None: the branches that the remote is
   * configured with, or with `mirror` all refs of its summary.
   */
  readonly refs?: readonly string[];
  /** Further refs, of collections. Their commits must be bound to them. */
  readonly collectionRefs?: readonly CollectionRef[];
  /** Parents to fetch as well: 0 none, -1 all. @default 0 */
  readonly depth?: number;
  /** Store refs under their own names instead of as the remote's. @default false */
  readonly mirror?: boolean;
  /** Only commits and their signatures; the commits then count as partial. @default false */
  readonly commitMetadataOnly?: boolean;
  /** Only these files and directories, as absolute paths; the commits then count as partial. */
  readonly subpaths?: readonly string[];
  /** Verify every object of a repository on this machine. @default false */
  readonly untrusted?: boolean;
  /** Refuse files that a bare-user-only repository could not hold. @default false */
  readonly bareUserOnlyFiles?: boolean;
  /** With `mirror` into an archive repository: do not verify content objects. @default false */
  readonly httpTrusted?: boolean;
  readonly disableStaticDeltas?: boolean;
  readonly requireStaticDeltas?: boolean;
  /** Only find out what a pull by static deltas would fetch. Needs `requireStaticDeltas`. */
  readonly dryRun?: boolean;
  /** Replaces the remote's URLs. */
  readonly url?: string;
  /** Repositories of this machine from which objects are taken when they have them. */
  readonly localCaches?: readonly Repo[];
  /** Refuse commits that are older than the ref's present one. */
  readonly timestampCheck?: boolean;
  /** Refuse commits that are older than this revision. */
  readonly timestampCheckFromRev?: string;
  /** Do not check that commits are bound to the refs. @default false */
  readonly disableVerifyBindings?: boolean;
  /** Take a signed summary although one that was made later has been seen. @default false */
  readonly allowOlderSummary?: boolean;
  /** Where summaries are cached. @default 'tmp/cache' in the repository */
  readonly cacheDir?: string;
  /** Overrides of the remote's signature settings. */
  readonly gpgVerify?: boolean;
  readonly gpgVerifySummary?: boolean;
  readonly disableSignVerify?: boolean;
  readonly disableSignVerifySummary?: boolean;
  /** Judges signatures; without it, a remote that requires them cannot be pulled from. */
  readonly verifier?: SignatureVerifier;
  /** Understands static deltas; without it, none are used. */
  readonly deltas?: DeltaApplier;
  /** Worker threads beside this one for large pulls. @default one for each further processor, at most 3 */
  readonly workers?: number;
  /** Shown what the pull will do before anything is stored; false ends it with an `aborted` error. */
  readonly confirm?: (plan: PullPlan) => boolean | Promise<boolean>;
  readonly onProgress?: (event: PullEvent) => void;
}

/** A ref that was pulled. */
export interface PulledRef {
  readonly name: string;
  readonly collectionId: string | null;
  readonly commit: Checksum;
  /** What the ref was before; null when it is new. */
  readonly previous: Checksum | null;
}

/** What a pull by static deltas would fetch. */
export interface DeltaEstimate {
  readonly parts: number;
  readonly fallbacks: number;
  readonly size: number;
  readonly uncompressedSize: number;
}

/** Counters of a finished pull. */
export interface PullStats {
  /** True when the objects came from a repository of this machine. */
  readonly local: boolean;
  readonly metadataFetched: number;
  readonly contentFetched: number;
  /** From local caches. */
  readonly metadataLocal: number;
  readonly contentLocal: number;
  /** Parts applied, or passed over because their objects were here. */
  readonly deltaParts: number;
  readonly bytesTransferred: number;
  /** Uncompressed bytes of the content objects that were written. */
  readonly contentBytesWritten: number;
  readonly seconds: number;
}

/** Outcome of {@link pull}. */
export interface PullResult {
  readonly refs: readonly PulledRef[];
  /** All commits that were pulled, parents included. */
  readonly commits: readonly Checksum[];
  readonly stats: PullStats;
  /** Set in a dry run. */
  readonly estimate: DeltaEstimate | null;
}

function usage(message: string): never {
  throw new OstError('invalid-argument', message);
}

/** @throws OstError `invalid-argument` for options that contradict each other */
export function checkOptions(options: PullOptions): void {
  const { depth = 0 } = options;
  if (!Number.isInteger(depth) || depth < -1) usage(`Invalid depth ${depth}`);
  if (options.timestampCheck === true && depth !== 0) usage('Cannot check timestamps with a depth');
  if (options.requireStaticDeltas === true && options.disableStaticDeltas === true) {
    usage('Cannot both require and disable static deltas');
  }
  if (options.dryRun === true && options.requireStaticDeltas !== true) {
    usage('--dry-run requires --require-static-deltas');
  }
  for (const path of options.subpaths ?? []) {
    if (!path.startsWith('/')) usage(`Subpath ${path} must be absolute`);
  }
}
