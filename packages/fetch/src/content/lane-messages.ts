import type { Checksum } from '@ost/objects';
import type { WriteStats, WriteTarget } from '@ost/repo';
import type { HttpSettings } from '../http/settings.js';
import type { ContentPolicy } from './content-policy.js';

/** Everything that a worker thread needs to fetch content objects, as plain data. */
export interface LaneConfig {
  /** Tells this pull from an earlier one that the thread served. */
  readonly id: string;
  readonly urls: readonly string[];
  readonly http: HttpSettings;
  readonly target: WriteTarget;
  readonly policy: ContentPolicy;
  /** {@link LANE_COUNTERS} 64-bit cells that the worker keeps up to date. */
  readonly counters: SharedArrayBuffer;
}

/** Cells of {@link LaneConfig.counters}: objects stored, bytes received. */
export const LANE_COUNTERS: { readonly fetched: 0; readonly bytes: 1; readonly count: 2 } = {
  fetched: 0,
  bytes: 1,
  count: 2,
};

/** Input of the task that fetches content objects. */
export interface LaneInput {
  readonly config: LaneConfig;
  readonly jobs: readonly Checksum[];
  /** Wait until everything is stored, not only until there is room for more. */
  readonly flush: boolean;
}

/** Its output: what all tasks of this lane did so far. */
export interface LaneOutput {
  readonly stats: WriteStats;
}
