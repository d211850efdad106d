const MiB = 1024 * 1024;

/**
 * Upper bounds of what a static delta may ask for. Every size that a delta declares is compared with one of these (or
 * with another declared size that was) before it is acted upon; memory grows from real input all the same.
 */
export interface DeltaLimits {
  /** Bytes of a superblock that is read by itself, as a pull does. */
  readonly superblockSize: number;
  /** Bytes of a superblock file that carries its parts inline, as offline deltas do. */
  readonly inlineSuperblockSize: number;
  /** Part headers and fallback entries of one superblock, each. */
  readonly parts: number;
  /** Bytes of one part as stored. */
  readonly partSize: number;
  /** Bytes of one part after decompression. */
  readonly payloadSize: number;
  /** Bytes of one part's tables and operations, which are in memory while it is executed. */
  readonly programSize: number;
  /**
   * Bytes that parts take in memory at once, one part alone excepted: as stored, and what they declare as content. With
   * scratch files these are parts as stored, until they are decompressed, and the usual dictionaries of all decoders.
   */
  readonly aheadSize: number;
  /** Parts that are decompressed at once, at least one. */
  readonly decoders: number;
  /** Sum of the uncompressed content sizes that one superblock may declare. */
  readonly contentSize: number;
  /** Bytes of one metadata object. */
  readonly metadataSize: number;
  /** Bytes of dictionary that an xz stream may ask for; preset 9 uses 64 MiB. */
  readonly xzDictionarySize: number;
  /** Files assembled from pieces stay whole in memory up to this size; larger ones stream through {@link DeltaStore}. */
  readonly wholeFileSize: number;
}

/** The defaults; every function that checks a limit takes a partial table to replace some of them. */
export const DELTA_LIMITS: DeltaLimits = {
  superblockSize: 128 * MiB,
  inlineSuperblockSize: 2048 * MiB - 4096,
  parts: 1_000_000,
  partSize: 1024 * MiB,
  payloadSize: 2048 * MiB - 4096,
  programSize: 128 * MiB,
  aheadSize: 104_000_000, // three parts as libostree makes them, but for large ones
  decoders: 2,
  contentSize: 64 * 1024 * 1024 * MiB,
  metadataSize: 128 * MiB,
  xzDictionarySize: 96 * MiB,
  wholeFileSize: MiB,
};

/** The defaults with `overrides` put over them. */
export function deltaLimits(overrides: Partial<DeltaLimits> | undefined): DeltaLimits {
  return overrides === undefined ? DELTA_LIMITS : { ...DELTA_LIMITS, ...overrides };
}
