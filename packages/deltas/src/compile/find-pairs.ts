import type { Checksum } from '@ost/objects';
import type { FileInfos } from './file-infos.js';
import { type Pair, pairByName } from './pairs.js';
import { pairBySketch, type Sketch } from './sketch.js';
import type { CommitTree } from './tree.js';
import { type DeltaWorkers, runLargestFirst, type SketchJob, type WeighedJob } from './work.js';

/** Files outside of these sizes are not worth a search by content, or do not fit into memory. */
const MIN_SKETCHED = 4096;
const MAX_SKETCHED = 1_000_000_000;
/** Bytes of files that one job looks at. */
const BATCH = 8_000_000;

/** Finds old files to make new ones from: by their names, and by their content where names leave a choice or find none. */
export async function findPairs(
  from: CommitTree,
  to: CommitTree,
  added: readonly Checksum[],
  infos: FileInfos,
  workers: DeltaWorkers,
  signal: AbortSignal | undefined,
): Promise<Pair[]> {
  const files = new Map(added.map((checksum) => [checksum, to.files.get(checksum) ?? []]));
  const namesakes = pairByName(from, files, (checksum) => infos.get(checksum));
  const pairs = new Map([...namesakes].map(([checksum, namesake]) => [checksum, namesake.from]));
  const isSure = (checksum: Checksum): boolean => namesakes.get(checksum)?.sure ?? false;
  const taken = new Set(added.filter(isSure).map((checksum) => pairs.get(checksum)));
  const sketched = (checksum: Checksum): boolean => {
    const { size } = infos.get(checksum);
    return size >= MIN_SKETCHED && size <= MAX_SKETCHED;
  };
  // What is gone from the tree and surely nobody's predecessor may have got another name.
  const gone = [...from.files.keys()].filter(
    (checksum) => !to.files.has(checksum) && !taken.has(checksum) && infos.get(checksum).readable && sketched(checksum),
  );
  const unsure = added.filter((checksum) => !isSure(checksum) && sketched(checksum));
  if (gone.length > 0 && unsure.length > 0) {
    const sketches = await sketchAll([...gone, ...unsure], infos, workers, signal);
    const pick = (list: readonly Checksum[]): Map<Checksum, Sketch> =>
      new Map(list.map((checksum) => [checksum, sketches.get(checksum) as Sketch]));
    for (const [checksum, old] of pairBySketch(pick(gone), pick(unsure))) pairs.set(checksum, old);
  }
  return [...pairs].map(([checksum, old]) => ({ from: old, to: checksum }));
}

async function sketchAll(
  files: readonly Checksum[],
  infos: FileInfos,
  workers: DeltaWorkers,
  signal: AbortSignal | undefined,
): Promise<Map<Checksum, Sketch>> {
  const jobs = batches(files, (checksum) => infos.get(checksum).size, BATCH).map(
    ({ items, weight }): WeighedJob<SketchJob> => ({ job: { kind: 'sketch', files: items }, weight }),
  );
  const found = new Map<Checksum, Sketch>();
  const done = (index: number, sketches: Sketch[]): void => {
    jobs[index]?.job.files.forEach((checksum, i) => found.set(checksum, sketches[i] as Sketch));
  };
  await runLargestFirst(jobs, workers, done, signal);
  return found;
}

/** Cuts a list into portions of roughly `limit`, or of one item that is heavier. */
export function batches<T>(
  list: readonly T[],
  weigh: (item: T) => number,
  limit: number,
): { readonly items: T[]; readonly weight: number }[] {
  const result: { items: T[]; weight: number }[] = [];
  let last: { items: T[]; weight: number } | undefined;
  for (const item of list) {
    const weight = weigh(item);
    if (last === undefined || last.weight + weight > limit) {
      last = { items: [], weight: 0 };
      result.push(last);
    }
    last.items.push(item);
    last.weight += weight;
  }
  return result;
}
