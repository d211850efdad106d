import type { Checksum } from '@ost/objects';
import type { DiffJob, Difference } from './diff-job.js';
import type { FileInfos } from './file-infos.js';
import { batches } from './find-pairs.js';
import type { CompileOptions } from './options.js';
import type { Pair } from './pairs.js';
import { type DeltaWorkers, runLargestFirst, type WeighedJob } from './work.js';

/** Bytes of pairs that one job compares. */
const BATCH = 4_000_000;

/** A difference that pays, and the old file that it is one to. */
export interface FoundDifference {
  readonly from: Checksum;
  readonly difference: Exclude<Difference, { readonly kind: 'whole' }>;
}

/** Compares all pairs; answers the differences that pay, by the new file. */
export async function comparePairs(
  pairs: readonly Pair[],
  infos: FileInfos,
  scratch: string,
  workers: DeltaWorkers,
  { maxBsdiffSize = 128_000_000, onProgress, signal }: CompileOptions,
): Promise<Map<Checksum, FoundDifference>> {
  const weigh = ({ from, to }: Pair): number => infos.get(from).size + infos.get(to).size;
  const sorted = [...pairs].sort((a, b) => weigh(b) - weigh(a));
  const jobs = batches(sorted, weigh, BATCH).map(
    ({ items, weight }, i): WeighedJob<DiffJob> => ({
      job: { kind: 'diff', pairs: items, maxBsdiffSize, scratch, name: String(i) },
      weight,
    }),
  );
  const found = new Map<Checksum, FoundDifference>();
  let done = 0;
  const take = (index: number, differences: readonly Difference[]): void => {
    jobs[index]?.job.pairs.forEach(({ from, to }, i) => {
      const difference = differences[i] as Difference;
      if (difference.kind === 'whole') return;
      found.set(to, { from, difference });
      if (difference.kind !== 'copies') return;
      onProgress?.({ type: 'rollsum', from, to, copies: difference.copies.length, copied: difference.copied });
    });
    done += differences.length;
    onProgress?.({ type: 'compared', done, pairs: pairs.length });
  };
  await runLargestFirst(jobs, workers, take, signal);
  return found;
}
