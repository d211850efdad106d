import { availableParallelism } from 'node:os';
import type { Checksum, Commit } from '@ost/objects';
import type { Transaction } from '@ost/repo';
import { ContentFetcher } from '../content/content-fetcher.js';
import { ContentStage } from '../content/content-stage.js';
import { PresenceIndex } from '../content/presence.js';
import type { DeltaPuller } from '../delta/delta-puller.js';
import type { PullProgress } from '../events.js';
import { FETCH_LIMITS } from '../limits.js';
import { CommitPuller, type RequestedCommit } from './commit-puller.js';
import { LocalCaches } from './local-caches.js';
import { MetadataFetcher } from './metadata-fetcher.js';
import { missingObjects } from './missing-sizes.js';
import type { PullResult } from './options.js';
import { estimateOf } from './delta-estimate.js';
import { currentCommit, moveRefs, type RefPlan } from './refs.js';
import type { RemoteState } from './remote-state.js';
import { TaskGroup } from './run.js';
import { olderLimits, type Session } from './session.js';
import { Subpaths } from './subpaths.js';
import { TreeWalker } from './tree-walker.js';
import type { Wanted } from './wanted.js';

/** The commit of a request with everything that it has to satisfy. */
export function requestedCommit(session: Session, plan: RefPlan, wanted: Wanted): RequestedCommit {
  const { ref, collectionId, boundTo, commit, commitSize } = wanted;
  const current = ref === null ? null : currentCommit(plan, ref, collectionId);
  const notOlderThan = olderLimits(session.repo, session.options, current);
  return { checksum: commit, ref, collectionId, boundTo, size: commitSize, notOlderThan };
}

/** Fetches commits and everything below them in one transaction, and moves the refs at its end. */
export async function pullObjects(
  session: Session,
  state: RemoteState,
  wanted: readonly Wanted[],
  plan: RefPlan,
  deltas: DeltaPuller | null,
): Promise<PullResult> {
  const { repo, options, run } = session;
  const transaction = await repo.begin(options);
  const pull = new ObjectPull(session, state, transaction);
  try {
    await pull.fetch(wanted, plan, deltas);
  } catch (error) {
    run.fail(error);
    await pull.close();
    transaction.fail(error);
    throw error;
  }
  await pull.close();
  options.onProgress?.({ type: 'publish' });
  const refs = moveRefs(plan, transaction, wanted);
  const stats = pull.stats();
  await transaction.commit();
  return { refs, commits: [...pull.commits.done], estimate: null, stats };
}

/** The machinery of one pull: commits, trees and content at work side by side. */
class ObjectPull {
  readonly commits: CommitPuller;
  readonly #walking: TaskGroup;
  readonly #fetching: TaskGroup;
  readonly #content: ContentStage;
  readonly #presence: PresenceIndex;
  readonly #subpaths: Subpaths;
  readonly #walker: TreeWalker;
  #scanning = true;
  /** Bytes to fetch; null once a commit does not tell. */
  #expected: number | null = 0;
  readonly #byDelta = new Set<Checksum>();

  constructor(
    private readonly session: Session,
    state: RemoteState,
    private readonly transaction: Transaction,
  ) {
    const { repo, remote, options, run, client, sources, counters, policy } = session;
    const { writer } = transaction;
    this.#walking = new TaskGroup(run);
    this.#fetching = new TaskGroup(run);
    this.#subpaths = new Subpaths(options.subpaths ?? []);
    this.#presence = new PresenceIndex(repo, transaction.target.staging);
    const contentPolicy = {
      bareUserOnly: options.bareUserOnlyFiles ?? false,
      trusted:
        options.httpTrusted === true &&
        options.untrusted !== true &&
        options.mirror === true &&
        repo.mode === 'archive' &&
        options.bareUserOnlyFiles !== true,
    };
    this.#content = new ContentStage({
      run,
      group: this.#fetching,
      fetcher: new ContentFetcher(sources.content, writer, contentPolicy, client),
      writer,
      policy: contentPolicy,
      client,
      urls: sources.contentUrls,
      workers: Math.min(
        options.workers ?? Math.min(FETCH_LIMITS.workers, availableParallelism() - 1),
        client.settings.connections - 1,
      ),
    });
    const caches = new LocalCaches(options.localCaches ?? [], writer);
    const metadata = new MetadataFetcher(sources.meta, sources.content, caches, writer, counters);
    this.#walker = new TreeWalker({
      repo,
      group: this.#walking,
      metadata,
      content: this.#content,
      presence: this.#presence,
      subpaths: this.#subpaths,
      caches: (options.localCaches ?? []).length === 0 ? null : caches,
      counters,
      staging: transaction.target.staging,
    });
    this.commits = new CommitPuller({
      repo,
      transaction,
      group: this.#walking,
      metadata,
      walker: this.#walker,
      policy,
      commitOnly: options.commitMetadataOnly ?? false,
      tombstones: state.tombstones,
      bindings: options.disableVerifyBindings === true ? undefined : { collectionId: remote.collectionId },
      ...(options.onProgress === undefined ? {} : { onTree: (checksum, commit) => this.#expect(checksum, commit) }),
    });
  }

  /** Counts what a commit will take, so that progress is right from the start. */
  #expect(checksum: Checksum, commit: Commit): void {
    if (this.#expected === null || this.#byDelta.has(checksum)) return;
    const missing = this.#subpaths.all ? missingObjects([this.session.repo], commit) : null;
    this.#expected = missing === null ? null : this.#expected + missing.bytes;
  }

  /** Fetches everything, and notes which commits are then complete. */
  async fetch(wanted: readonly Wanted[], plan: RefPlan, deltas: DeltaPuller | null): Promise<void> {
    const { session, transaction } = this;
    const { options, run } = session;
    const report = (): void => options.onProgress?.({ type: 'progress', progress: this.#progress() });
    const timer = options.onProgress === undefined ? null : setInterval(report, 100);
    try {
      for (const one of wanted) {
        const request = requestedCommit(session, plan, one);
        this.#walking.start(() => this.#pull(request, plan, deltas));
      }
      await this.#walking.idle();
      this.#scanning = false;
      this.#content.finish();
      await this.#fetching.idle();
      run.check();
      report();
    } finally {
      if (timer !== null) clearInterval(timer);
    }
    if (!this.#subpaths.all || options.commitMetadataOnly === true) return;
    for (const commit of this.commits.done) transaction.clearPartial(commit);
  }

  async #pull(request: RequestedCommit, plan: RefPlan, deltas: DeltaPuller | null): Promise<void> {
    const { ref, collectionId } = request;
    if (deltas !== null) {
      const from = ref === null ? null : currentCommit(plan, ref, collectionId);
      const delta = await deltas.open(request, from);
      if (delta !== null) {
        this.#byDelta.add(request.checksum);
        if (this.#expected !== null) this.#expected += estimateOf(delta).size;
        await deltas.apply(delta, this.transaction, this.#walker, this.commits, request);
        this.#presence.clear();
        this.#walker.expectsWhole = true;
      }
    }
    // After a delta this finds what it should have brought and did not.
    const { depth = 0 } = this.session.options;
    await this.commits.request(request, depth === -1 ? Number.POSITIVE_INFINITY : depth);
  }

  /** Stops whatever is under way, worker threads included. */
  async close(): Promise<void> {
    await this.#content.close();
    await this.#walking.idle();
    await this.#fetching.idle();
  }

  #bytes(): number {
    return this.session.client.bytesReceived + this.#content.bytesReceived;
  }

  #progress(): PullProgress {
    const { counters } = this.session;
    const { deltaPartsSkipped, ...rest } = counters;
    return {
      ...rest,
      deltaPartsDone: rest.deltaPartsDone + deltaPartsSkipped,
      contentRequested: this.#content.requested,
      contentFetched: this.#content.fetched,
      bytesTransferred: this.#bytes(),
      bytesExpected: this.#expected === null ? null : Math.max(this.#expected, this.#bytes()),
      scanning: this.#scanning,
    };
  }

  /** Counters of the finished pull. */
  stats(): PullResult['stats'] {
    const { counters, started } = this.session;
    const written = [this.transaction.writer.stats, ...this.#content.workerStats];
    return {
      local: false,
      metadataFetched: counters.metadataFetched,
      contentFetched: this.#content.fetched,
      metadataLocal: counters.metadataLocal,
      contentLocal: counters.contentLocal,
      deltaParts: counters.deltaPartsDone + counters.deltaPartsSkipped,
      bytesTransferred: this.#bytes(),
      contentBytesWritten: written.reduce((sum, s) => sum + s.contentBytesWritten, 0),
      seconds: (performance.now() - started) / 1000,
    };
  }
}
