import {
  type Checksum,
  DELTAS_DIRECTORY,
  deltaIndexPath,
  deltaPath,
  formatDeltaName,
  formatSize,
  isOstError,
  OstError,
} from '@ost/objects';
import * as fs from 'node:fs';
import { nodeHash, type Repo, type Transaction } from '@ost/repo';
import type { DeltaApplier, OpenedDelta } from '../delta-applier.js';
import { Semaphore } from '../http/semaphore.js';
import { FETCH_LIMITS } from '../limits.js';
import type { CommitPuller, RequestedCommit } from '../pull/commit-puller.js';
import type { Counters } from '../pull/counters.js';
import { assertChecksum } from '../pull/metadata-fetcher.js';
import type { TreeWalker } from '../pull/tree-walker.js';
import { getWhole, getWholeIfPresent } from '../source/helpers.js';
import type { Source } from '../source/source.js';
import { requireDeltaDigest, type SignaturePolicy, verifyDelta } from '../verify.js';
import { chooseDelta, type DeltaChoice } from './delta-choice.js';
import { parseDeltaIndex } from './known-deltas.js';

/** What pulling by static deltas works with. */
export interface DeltaContext {
  readonly repo: Repo;
  readonly source: Source;
  readonly applier: DeltaApplier;
  /** Digests of superblocks by delta name, from the summary. */
  readonly known: ReadonlyMap<string, Checksum>;
  /** The remote has delta index files. */
  readonly indexed: boolean;
  /** The remote's summary or configuration told about its deltas, so that there is no need to guess. */
  readonly listed: boolean;
  readonly required: boolean;
  /** Which deltas have to be signed, or covered by a signed summary. */
  readonly policy: SignaturePolicy;
  readonly counters: Counters;
  readonly signal: AbortSignal;
  readonly onDelta: (from: Checksum | null, to: Checksum) => void;
}

/** Finds, fetches and applies static deltas. */
export class DeltaPuller {
  readonly #known: Map<string, Checksum>;
  readonly #slots = new Semaphore(FETCH_LIMITS.deltaParts);
  constructor(private readonly context: DeltaContext) {
    this.#known = new Map(context.known);
  }

  readonly #opened = new Map<Checksum, Promise<OpenedDelta | null>>();

  /**
   * The delta to use for a commit; null when objects are to be fetched one by one.
   * @param from commit that the ref has here
   * @throws OstError `not-found` when deltas are required and there is none
   */
  open(wanted: RequestedCommit, from: Checksum | null): Promise<OpenedDelta | null> {
    let opened = this.#opened.get(wanted.checksum);
    if (opened === undefined) {
      opened = this.#open(wanted, from);
      this.#opened.set(wanted.checksum, opened);
    }
    return opened;
  }

  async #open(wanted: RequestedCommit, from: Checksum | null): Promise<OpenedDelta | null> {
    const { required } = this.context;
    const choice = await this.#choose(wanted, from);
    if (choice.type === 'unchanged') return null;
    if (choice.type === 'delta') {
      const delta = await this.#superblock(choice.from, wanted.checksum);
      if (delta !== null) return delta;
    }
    if (required) {
      const what = `Static deltas required, but none found for ${wanted.ref ?? from ?? 'empty'} to ${wanted.checksum}`;
      throw new OstError('not-found', what, { data: { commit: wanted.checksum } });
    }
    return null;
  }

  async #choose(wanted: RequestedCommit, from: Checksum | null): Promise<DeltaChoice> {
    const { repo, indexed, listed, required, source, counters } = this.context;
    const to = wanted.checksum;
    if (indexed) {
      counters.metadataRequested++;
      const bytes = await getWholeIfPresent(source, deltaIndexPath(to));
      counters.metadataFetched++;
      if (bytes !== null) for (const [name, digest] of parseDeltaIndex(bytes)) this.#known.set(name, digest);
    }
    if (indexed || listed) return chooseDelta(repo, this.#known.keys(), to, from, required);
    // Nothing tells which deltas there are: ask for the likely one.
    if (from === to) return { type: 'unchanged' };
    const usable = from !== null && repo.partialState(from) === 'complete' && repo.hasObject('commit', from);
    return { type: 'delta', from: usable && wanted.ref !== null ? from : null };
  }

  async #superblock(from: Checksum | null, to: Checksum): Promise<OpenedDelta | null> {
    const { source, applier, policy, counters } = this.context;
    const name = formatDeltaName(from, to);
    counters.metadataRequested++;
    const bytes = await getWholeIfPresent(source, `${DELTAS_DIRECTORY}/${deltaPath(from, to)}/superblock`);
    counters.metadataFetched++;
    if (bytes === null) return null;
    const digest = this.#known.get(name);
    if (digest === undefined) requireDeltaDigest(policy, name);
    else if (nodeHash.sha256(bytes) !== digest) {
      throw new OstError('corrupt', `Invalid checksum for static delta ${name}`, { data: { delta: name } });
    }
    const delta = applier.open(bytes);
    if (delta.from !== from || delta.to !== to) {
      const what = `Static delta is ${formatDeltaName(delta.from, delta.to)}, expected ${name}`;
      throw new OstError('corrupt', what, { data: { delta: name } });
    }
    assertChecksum('commit', to, delta.commit);
    await verifyDelta(policy, name, delta.signed);
    return delta;
  }

  /** Applies an opened delta whose commit has been verified; what it leaves out is fetched as objects. */
  async apply(
    delta: OpenedDelta,
    transaction: Transaction,
    walker: TreeWalker,
    commits: CommitPuller,
    wanted: RequestedCommit,
  ): Promise<void> {
    const { repo, source, counters, signal, onDelta } = this.context;
    onDelta(delta.from, delta.to);
    this.#requireSpace(delta);
    for (const { type, checksum } of delta.fallbacks) {
      if (type !== 'file' && !repo.hasObject(type, checksum)) {
        throw new OstError('corrupt', `Found metadata object as fallback: ${checksum}.${type}`);
      }
    }
    await commits.prepare(wanted, { bytes: delta.commit, detached: delta.detachedMetadata });
    for (const { type, checksum } of delta.fallbacks) if (type === 'file') walker.file(checksum);
    counters.deltaParts += delta.parts.length;
    counters.deltaBytes += delta.parts.reduce((sum, part) => sum + part.size, 0);
    const base = `${DELTAS_DIRECTORY}/${deltaPath(delta.from, delta.to)}`;
    const fetchPart = async (index: number): Promise<Uint8Array> => {
      await this.#slots.acquire();
      try {
        const limit = delta.parts[index]?.size ?? 0;
        const bytes = await getWhole(source, `${base}/${index}`, limit);
        counters.deltaBytesDone += bytes.length;
        counters.deltaPartsDone++;
        return bytes;
      } finally {
        this.#slots.release();
      }
    };
    try {
      const { skipped } = await delta.apply({ repo, transaction, fetchPart, signal });
      counters.deltaPartsSkipped += skipped;
    } catch (error) {
      throw isOstError(error)
        ? error.withPrefix(`Applying static delta ${formatDeltaName(delta.from, delta.to)}: `)
        : error;
    }
  }

  #requireSpace(delta: OpenedDelta): void {
    const { path } = this.context.repo;
    const needed = delta.parts.reduce((sum, part) => sum + part.usize, 0);
    const { bavail, bsize } = fs.statfsSync(path);
    if (needed <= bavail * bsize) return;
    const what = `Delta requires ${formatSize(needed)} free space, but only ${formatSize(bavail * bsize)} available`;
    throw new OstError('no-space', what);
  }
}
