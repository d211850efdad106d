import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type Checksum,
  deltaIndexPath,
  deltaPath,
  DELTAS_DIRECTORY,
  formatDeltaName,
  isOstError,
  LIMITS,
  OstError,
  parseDeltaName,
} from '@ost/objects';
import { nodeHash, replaceFile, type Repo } from '@ost/repo';
import { parseDeltaIndex } from '../delta/known-deltas.js';
import type { DeltaApplier } from '../delta-applier.js';
import { getWholeIfPresent } from '../source/helpers.js';
import type { Source } from '../source/source.js';

/** What copying deltas works with. */
export interface MirrorDeltasContext {
  readonly repo: Repo;
  readonly source: Source;
  readonly applier: DeltaApplier;
  /** Digests of superblocks by delta name, from the summary. */
  readonly known: ReadonlyMap<string, Checksum>;
  /** The remote has delta index files, which tell of deltas that its summary may leave out. */
  readonly indexed: boolean;
  readonly signal: AbortSignal;
}

/** What was copied. */
export interface MirroredDeltas {
  /** Deltas that are new here. */
  readonly copied: number;
  readonly bytes: number;
}

/**
 * Copies the deltas that lead to some commits, byte for byte: parts before the superblock, so that a delta that is seen is
 * whole. Each part is checked against its superblock, and that against the remote's summary or index.
 */
export async function mirrorDeltas(
  context: MirrorDeltasContext,
  commits: readonly Checksum[],
): Promise<MirroredDeltas> {
  const digests = await wantedDeltas(context, commits);
  let copied = 0;
  let bytes = 0;
  for (const [name, digest] of digests) {
    context.signal.throwIfAborted();
    const length = await copyDelta(context, name, digest);
    if (length === null) continue;
    copied++;
    bytes += length;
  }
  return { copied, bytes };
}

async function wantedDeltas(
  context: MirrorDeltasContext,
  commits: readonly Checksum[],
): Promise<Map<string, Checksum>> {
  const { source, known, indexed } = context;
  const wanted = new Set(commits);
  const digests = new Map([...known].filter(([name]) => wanted.has(parseDeltaName(name).to)));
  if (!indexed) return digests;
  for (const commit of wanted) {
    const index = await getWholeIfPresent(source, deltaIndexPath(commit));
    if (index === null) continue;
    for (const [name, digest] of parseDeltaIndex(index)) {
      if (parseDeltaName(name).to === commit) digests.set(name, digest);
    }
  }
  return digests;
}

/** Copies one delta; null when it is here already, or no longer there. */
async function copyDelta(context: MirrorDeltasContext, name: string, digest: Checksum): Promise<number | null> {
  const { repo, source, applier } = context;
  const { from, to } = parseDeltaName(name);
  const relative = `${DELTAS_DIRECTORY}/${deltaPath(from, to)}`;
  const directory = path.join(repo.path, relative);
  if (fileDigest(path.join(directory, 'superblock')) === digest) return null;
  const superblock = await getWholeIfPresent(source, `${relative}/superblock`);
  if (superblock === null) return null;
  if (nodeHash.sha256(superblock) !== digest) {
    throw new OstError('corrupt', `Invalid checksum for static delta ${name}`, { data: { delta: name } });
  }
  const delta = applier.open(superblock);
  if (delta.from !== from || delta.to !== to) {
    const what = `Static delta is ${formatDeltaName(delta.from, delta.to)}, expected ${name}`;
    throw new OstError('corrupt', what, { data: { delta: name } });
  }
  fs.mkdirSync(directory, { recursive: true });
  let bytes = superblock.length;
  for (const [i, { inline, size, checksum }] of delta.parts.entries()) {
    if (inline || fileDigest(path.join(directory, `${i}`)) === checksum) continue;
    await copyPart(context, `${relative}/${i}`, { name, index: i, size, checksum });
    bytes += size;
  }
  replaceFile(path.join(directory, 'superblock'), superblock, { sync: repo.config.fsync });
  return bytes;
}

interface WantedPart {
  readonly name: string;
  readonly index: number;
  readonly size: number;
  readonly checksum: Checksum;
}

async function copyPart({ repo, source }: MirrorDeltasContext, relative: string, part: WantedPart): Promise<void> {
  const file = path.join(repo.path, relative);
  const temporary = `${file}.tmp`;
  const fd = fs.openSync(temporary, 'w', 0o644);
  try {
    const { body } = await source.get(relative, { limit: part.size, whole: LIMITS.wholeFile });
    const hash = createHash('sha256');
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      hash.update(chunk);
      for (let done = 0; done < chunk.length; ) done += fs.writeSync(fd, chunk, done);
    }
    const actual = hash.digest('hex');
    if (actual !== part.checksum) {
      const what = `Checksum mismatch in static delta part; expected=${part.checksum} actual=${actual}`;
      throw new OstError('corrupt', `Mirroring static delta ${part.name} part ${part.index}: ${what}`);
    }
    if (repo.config.fsync) fs.fdatasyncSync(fd);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw isOstError(error)
      ? error
      : new OstError('io', `Writing ${file}: ${(error as Error).message}`, { cause: error });
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, file);
}

/** SHA-256 of a file; null when it is not there. */
function fileDigest(file: string): string | null {
  if (!fs.existsSync(file)) return null;
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (let n = fs.readSync(fd, buffer); n > 0; n = fs.readSync(fd, buffer)) hash.update(buffer.subarray(0, n));
    return hash.digest('hex');
  } finally {
    fs.closeSync(fd);
  }
}
