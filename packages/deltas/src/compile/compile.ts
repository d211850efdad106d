import type { HashProvider } from '@ost/objects';
import { portableHash } from '@ost/objects';
import { encodeEnvelope } from '../format/envelope.js';
import { encodeSuperblock, type NewPartHeader } from '../format/encode-superblock.js';
import type { InlinePart } from '../format/superblock.js';
import { comparePairs } from './compare-pairs.js';
import { FileInfos } from './file-infos.js';
import { findPairs } from './find-pairs.js';
import type { DeltaObjects } from './objects.js';
import type { CompiledDelta, CompileOptions } from './options.js';
import { byLikeness } from './order.js';
import type { BuiltPart, PartJob } from './part-job.js';
import { planEntries } from './plan.js';
import { splitParts } from './split.js';
import { newObjects, readCommitTree } from './tree.js';
import { type DeltaWorkers, runDeltaJob, runLargestFirst, type WeighedJob } from './work.js';

/** Where the compiler puts what it makes. */
export interface DeltaOutput {
  /** Directory for intermediate results, empty at the beginning. */
  readonly scratch: string;
  /** Takes a part; they do not come in order. Not called for inline parts. */
  writePart(index: number, bytes: Uint8Array): void | Promise<void>;
}

/**
 * Makes a static delta ("Generation" of the delta format): finds what the target has and the source lacks, makes new
 * files from old ones where that pays, and spreads the work over `options.workers`. Memory is bounded by the largest
 * file and by one part for each worker; intermediate results lie in `output.scratch`.
 */
export async function compileDelta(
  objects: DeltaObjects,
  output: DeltaOutput,
  options: CompileOptions,
): Promise<CompiledDelta> {
  const { from, to, inline = false, maxChunkSize = 32_000_000, hash = portableHash, onProgress, signal } = options;
  const workers = options.workers ?? localWorkers(objects, hash);
  const infos = new FileInfos(objects);
  const source = from === null ? null : readCommitTree(objects, from);
  const target = readCommitTree(objects, to);
  const added = newObjects(source, target);
  const regular = [...added.files.keys()].filter((checksum) => infos.get(checksum).regular);
  const symlinks = [...added.files.keys()].filter((checksum) => !infos.get(checksum).regular);

  const pairs = source === null ? [] : await findPairs(source, target, regular, infos, workers, signal);
  onProgress?.({ type: 'pairs', pairs: pairs.length });
  onProgress?.({
    type: 'objects',
    metadata: added.metadata.length + 1,
    regular: regular.length,
    symlinks: symlinks.length,
  });
  const differences = await comparePairs(pairs, infos, output.scratch, workers, options);
  const contents = { metadata: added.metadata, regular: byLikeness(regular, added.files), symlinks };
  const { planned, fallbacks, ...stats } = planEntries(objects, contents, differences, infos, options);

  const jobs = splitParts(planned, maxChunkSize).map(
    ({ entries, cost }): WeighedJob<PartJob> => ({ job: { kind: 'part', entries }, weight: cost }),
  );
  const headers: NewPartHeader[] = [];
  const inlineParts: InlinePart[] = [];
  const finish = async (index: number, { bytes, checksum, usize, objects: list }: BuiltPart): Promise<void> => {
    headers[index] = { checksum, size: bytes.length, usize, objects: list };
    if (inline) inlineParts[index] = { compression: bytes[0] as number, body: bytes.subarray(1) };
    else await output.writePart(index, bytes);
    const size = bytes.length;
    onProgress?.({ type: 'part', part: index, parts: jobs.length, objects: list.length, size, usize });
  };
  await runLargestFirst(jobs, workers, finish, signal);

  const signedData = encodeSuperblock({
    from,
    to,
    metadata: options.metadata ?? [],
    byteOrder: options.byteOrder ?? 'little',
    timestamp: options.timestamp ?? BigInt(Math.floor(Date.now() / 1000)),
    commitBytes: objects.readMetadata('commit', to),
    detachedMetadata: options.detachedMetadata ?? null,
    parts: headers,
    inlineParts,
    fallbacks,
  });
  const signatures = await options.sign?.(signedData);
  return {
    superblock: signatures === undefined ? signedData : encodeEnvelope({ signedData, signatures }),
    stats: {
      ...stats,
      size: headers.reduce((sum, { size }) => sum + size, 0),
      usize: headers.reduce((sum, { usize }) => sum + usize, 0),
      parts: headers.length,
      fallbacks: { objects: fallbacks.length, size: fallbacks.reduce((sum, { size }) => sum + size, 0) },
    },
  };
}

function localWorkers(objects: DeltaObjects, hash: HashProvider): DeltaWorkers {
  return { concurrency: 1, run: (job) => runDeltaJob(job, objects, hash) };
}
