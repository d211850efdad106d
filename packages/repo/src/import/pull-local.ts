import * as fs from 'node:fs';
import { type Checksum, formatObjectName, isChecksum, OstError, parseSummary, verifyBindings } from '@ost/objects';
import { readIfPresent } from '../platform/files.js';
import { BatchRunner } from '../pool/batches.js';
import { importObjectsTask } from '../pool/tasks.js';
import type { Repo } from '../repo.js';
import { refspecOf } from '../refs/list.js';
import type { RefLocation } from '../refs/ref-files.js';
import { emptyStats, type WriteStats } from '../store/object-writer.js';
import { addStats } from '../commit/directory-source.js';
import type { Transaction, TransactionOptions } from '../txn/transaction.js';
import { walkDirectory } from '../tree/reachable.js';
import type { ImportJob, ImportObjectsInput, ImportObjectsOutput, ImportPolicy } from './import-job.js';

/** Options of {@link pullLocal}. */
export interface PullLocalOptions extends TransactionOptions {
  /** Refs and commit checksums; none means all refs of the source. */
  readonly refs?: readonly string[];
  /** Store refs as this remote's instead of as local ones. */
  readonly remote?: string;
  /** Parents to fetch as well: 0 none, -1 all. @default 0 */
  readonly depth?: number;
  /** Only commit objects, which then count as partial. @default false */
  readonly commitMetadataOnly?: boolean;
  /** Verify every object of the source. @default false */
  readonly untrusted?: boolean;
  /** Refuse files that a bare-user-only repository could not hold. @default false */
  readonly bareUserOnlyFiles?: boolean;
  /** Do not check that commits are bound to the refs. @default false */
  readonly disableVerifyBindings?: boolean;
  /** Called with each commit before anything of it is taken; throws when it is not trusted. */
  readonly verifyCommit?: (checksum: Checksum, commit: Uint8Array, detached: Uint8Array | null) => Promise<void>;
  readonly onProgress?: (event: PullLocalProgress) => void;
}

/** How far an import has come. */
export interface PullLocalProgress {
  readonly type: 'import';
  readonly metadata: number;
  readonly content: number;
}

/** Outcome of {@link pullLocal}. */
export interface PullLocalResult {
  readonly refs: readonly { readonly name: string; readonly checksum: Checksum }[];
  readonly metadata: number;
  readonly content: number;
  /** Bytes of detached metadata that was read again for commits that were here. */
  readonly bytesTransferred: number;
  readonly stats: WriteStats;
}

/**
 * Takes commits over from another repository of this machine, by hard links where both store objects the same way
 * (repository format, "pull-local").
 */
export async function pullLocal(repo: Repo, source: Repo, options: PullLocalOptions = {}): Promise<PullLocalResult> {
  repo.assertWritable();
  const wanted = wantedCommits(source, options);
  const transaction = await repo.begin(options);
  try {
    const run = new LocalPull(repo, source, transaction, options);
    for (const { name, checksum } of wanted) {
      if (name !== null) transaction.setRef(destinationRef(name, options.remote), checksum);
    }
    const result = await run.commits(wanted);
    await transaction.commit();
    const refs = wanted.flatMap((w) => (w.name === null ? [] : [{ name: w.name, checksum: w.checksum }]));
    return { refs, ...result };
  } catch (error) {
    transaction.fail(error);
    throw error;
  }
}

interface Wanted {
  readonly name: string | null;
  readonly checksum: Checksum;
}

function destinationRef(name: string, remote: string | undefined): RefLocation {
  if (name.includes(':')) throw new OstError('invalid-name', `Invalid ref name ${name}`);
  return { name, remote: remote ?? null };
}

/** The source's summary, when it has one, decides what its refs are, as for any remote. */
function wantedCommits(source: Repo, options: PullLocalOptions): Wanted[] {
  const requested = options.refs ?? [];
  if (requested.length === 0) {
    return source.listRefs().map((entry) => ({ name: refspecOf(entry), checksum: entry.checksum }));
  }
  const bytes = readIfPresent(`${source.path}/summary`);
  const summary = bytes === null ? null : parseSummary(bytes);
  return requested.map((name) => {
    if (isChecksum(name)) return { name: null, checksum: name };
    if (summary === null) return { name, checksum: source.resolve(name) };
    const entry = summary.refs.find((ref) => ref.name === name);
    if (entry === undefined) throw new OstError('not-found', `No such branch '${name}' in repository summary`);
    return { name, checksum: entry.checksum };
  });
}

class LocalPull {
  readonly #runner: BatchRunner<ImportJob, ImportObjectsInput, ImportObjectsOutput>;
  readonly #queued = new Set<string>();
  readonly #visited = new Set<Checksum>();
  readonly #stats: WriteStats = emptyStats();
  #metadata = 0;
  #content = 0;
  #transferred = 0;

  constructor(
    private readonly repo: Repo,
    private readonly source: Repo,
    private readonly transaction: Transaction,
    private readonly options: PullLocalOptions,
  ) {
    const policy: ImportPolicy = {
      untrusted: options.untrusted ?? false,
      bareUserOnlyFiles: options.bareUserOnlyFiles ?? false,
      sameOwner: fs.statSync(repo.path).uid === fs.statSync(source.path).uid,
    };
    this.#runner = new BatchRunner<ImportJob, ImportObjectsInput, ImportObjectsOutput>({
      task: importObjectsTask,
      input: (jobs) => ({ source: source.target, target: transaction.target, policy, jobs }),
      done: (_, output) => {
        this.#metadata += output.metadata;
        this.#content += output.content;
        addStats(this.#stats, output.stats);
        options.onProgress?.({ type: 'import', metadata: this.#metadata, content: this.#content });
      },
      signal: options.signal,
    });
  }

  /** Takes the commits; whatever happens, nothing is under way any more when this returns. */
  async commits(wanted: readonly Wanted[]): Promise<Omit<PullLocalResult, 'refs'>> {
    try {
      for (const { name, checksum } of wanted) await this.#commit(checksum, name, this.options.depth ?? 0, false);
      await this.#runner.finish();
    } finally {
      await this.#runner.settle();
    }
    return {
      metadata: this.#metadata,
      content: this.#content,
      bytesTransferred: this.#transferred,
      stats: this.#stats,
    };
  }

  /** Takes a commit, its parents as far as asked, and their trees. */
  async #commit(checksum: Checksum, ref: string | null, depth: number, isParent: boolean): Promise<void> {
    if (this.#visited.has(checksum)) return;
    this.#visited.add(checksum);
    const { repo, source, options, transaction } = this;
    const present = repo.store.hasOwn('commit', checksum);
    const bytes = source.store.readMetadataIfPresent('commit', checksum);
    if (bytes === null) {
      // History may end anywhere, but what was asked for has to be there.
      if (isParent) return;
      throw new OstError('not-found', `No such metadata object ${checksum}.commit`, { data: { checksum } });
    }
    const detached = source.readDetachedMetadata(checksum);
    await options.verifyCommit?.(checksum, bytes, detached);
    const commit = source.loadCommit(checksum);
    if (options.disableVerifyBindings !== true && ref !== null) {
      verifyBindings(checksum, commit, { ref, collectionId: source.config.collectionId });
    }
    if (detached !== null) {
      transaction.writeDetachedMetadata(checksum, detached);
      if (present) this.#transferred += detached.length;
    }
    if (!present) {
      transaction.markPartial(checksum);
      this.#queue('commit', checksum);
    }
    const incomplete = !present || transaction.resumed || repo.partialState(checksum) !== 'complete';
    if (incomplete && options.commitMetadataOnly !== true) {
      const partialSource = source.partialState(checksum) !== 'complete';
      walkDirectory(
        source,
        commit,
        (type, object) => {
          const key = formatObjectName(object, type);
          if (this.#queued.has(key)) return false;
          this.#queue(type, object);
          return true;
        },
        (error) => {
          if (!partialSource) throw error;
        },
      );
      if (!partialSource) transaction.clearPartial(checksum);
    }
    await this.#runner.drain();
    if (depth === 0 || commit.parent === null) return;
    await this.#commit(commit.parent, null, depth === -1 ? -1 : depth - 1, true);
  }

  #queue(type: ImportJob['type'], checksum: Checksum): void {
    this.#queued.add(formatObjectName(checksum, type));
    this.#runner.push({ type, checksum }, 1 << 14);
  }
}
