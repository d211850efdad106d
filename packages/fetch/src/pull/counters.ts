/** What the main thread counts during a pull. */
export interface Counters {
  metadataRequested: number;
  metadataFetched: number;
  metadataLocal: number;
  contentLocal: number;
  deltaParts: number;
  deltaPartsDone: number;
  deltaPartsSkipped: number;
  deltaBytes: number;
  deltaBytesDone: number;
}

/** All zero. */
export function newCounters(): Counters {
  return {
    metadataRequested: 0,
    metadataFetched: 0,
    metadataLocal: 0,
    contentLocal: 0,
    deltaParts: 0,
    deltaPartsDone: 0,
    deltaPartsSkipped: 0,
    deltaBytes: 0,
    deltaBytesDone: 0,
  };
}
