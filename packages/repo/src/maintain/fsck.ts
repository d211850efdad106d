import * as fs from 'node:fs';
import { type Checksum, formatObjectName, isOstError, OstError, verifyBindings } from '@ost/objects';
import { BATCH, BatchRunner } from '../pool/batches.js';
import { nodeHash } from '../platform/hash.js';
import { sharedPool, type WorkerPool } from '../pool/pool.js';
import { shareJobs } from '../pool/shared-jobs.js';
import { SharedRun } from '../pool/shared-run.js';
import { verifyObjectsTask } from '../pool/tasks.js';
import { forgetCheckouts } from '../checkout/known-directories.js';
import { forgetPlainFiles } from '../checkout/plain-files.js';
import type { Repo } from '../repo.js';
import { refspecOf } from '../refs/list.js';
import { listCommits } from '../store/list-objects.js';
import { checkBackRefs } from './back-refs.js';
import { deleteCommit } from './delete-object.js';
import { FsckQueue } from './fsck-queue.js';
import { FsckRecord } from './fsck-record.js';
import type { ObjectFinding, VerifyJob, VerifyObjectsInput, VerifyObjectsOutput } from './verify-job.js';

/** Options of {@link fsck}. */
export interface FsckOptions {
  /** Go on after a corrupt object. @default false */
  readonly all?: boolean;
  /** Delete corrupt objects, and go on. @default false */
  readonly delete?: boolean;
  /** Check that each ref's commit is bound to it. @default false */
  readonly verifyBindings?: boolean;
  /** Check that every ref that a commit is bound to points at it. @default false */
  readonly verifyBackRefs?: boolean;
  /** Replace commits whose parent is missing by tombstones. @default false */
  readonly addTombstones?: boolean;
  /**
   * Write down what is good, and leave out what an earlier check with this option found good before it was stopped, as
   * long as it is still there. @default false
   */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FsckEvent) => void;
}

/** What happens during a check, in order. */
export type FsckEvent =
  | { readonly type: 'phase'; readonly phase: 'refs' | 'collection-refs' | 'commits' }
  | { readonly type: 'verifying'; readonly commits: number; readonly objects: number }
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | {
      readonly type: 'finding';
      readonly finding: ObjectFinding;
      readonly commits: readonly Checksum[];
      readonly deleted: boolean;
    }
  | { readonly type: 'marked-partial'; readonly commit: Checksum }
  | { readonly type: 'tombstone'; readonly commit: Checksum };

/** Outcome of {@link fsck}; findings are no exceptions. */
export interface FsckResult {
  readonly findings: readonly ObjectFinding[];
  /** Commits whose objects were checked. */
  readonly commits: number;
  readonly objects: number;
  /** Of these, the ones that an earlier check had found good; see {@link FsckOptions.resume}. */
  readonly resumed: number;
  /** Commits that were skipped because they are marked partial. */
  readonly partial: number;
  /** Of these, the ones that a check has marked. */
  readonly partialFromFsck: number;
  /** True when a corrupt or missing object was met. */
  readonly corrupt: boolean;
}

/**
 * Checks every object that a complete commit reaches, on two threads (repository format, "fsck").
 * @throws OstError `corrupt` at the first corrupt object unless `all` or `delete`; `state` when a ref's commit or
 *   binding is wrong
 */
export async function fsck(repo: Repo, options: FsckOptions = {}): Promise<FsckResult> {
  const check = new Fsck(repo, options);
  return check.run();
}

type Runner = BatchRunner<VerifyJob, VerifyObjectsInput, VerifyObjectsOutput>;

class Fsck {
  readonly #findings: ObjectFinding[] = [];
  /** What is checked; null until it is known which commits are complete. */
  #queue: FsckQueue | null = null;
  /** So many objects have been checked. */
  #looked = 0;
  /** How many were done when the progress was told last. */
  #told = 0;
  #record: FsckRecord | null = null;

  constructor(
    private readonly repo: Repo,
    private readonly options: FsckOptions,
  ) {}

  async run(): Promise<FsckResult> {
    const { repo, options } = this;
    // Whoever has objects with all prefixes has more than a thousand.
    if (fs.statSync(`${repo.path}/objects`).nlink >= 2 + 256) sharedPool().start();
    options.onEvent?.({ type: 'phase', phase: 'refs' });
    for (const entry of repo.listRefs())
      this.#checkRef(`ref ${refspecOf(entry)}`, entry.checksum, entry.name, repo.config.collectionId, entry.remote);
    options.onEvent?.({ type: 'phase', phase: 'collection-refs' });
    for (const { collection, name, checksum } of repo.listMirrorRefs()) {
      this.#checkRef(`ref (${collection}, ${name})`, checksum, name, collection, null);
    }
    options.onEvent?.({ type: 'phase', phase: 'commits' });
    const { complete, partial, fromFsck } = this.#commits();
    const orphans = this.#orphans(complete);
    await this.#recorded(() => this.#verify(complete));
    this.#bury(orphans);
    return {
      findings: this.#findings,
      commits: complete.length,
      objects: this.#queue?.size ?? 0,
      resumed: this.#queue?.resumed ?? 0,
      partial,
      partialFromFsck: fromFsck,
      corrupt: this.#findings.length > 0,
    };
  }

  #checkRef(what: string, checksum: Checksum, ref: string, collectionId: string | null, remote: string | null): void {
    let commit: ReturnType<Repo['loadCommit']>;
    try {
      this.#checkCommitBytes(checksum);
      commit = this.repo.loadCommit(checksum);
    } catch (error) {
      if (!isOstError(error) || error.message.startsWith('fsck ')) throw error;
      if (error.code === 'not-found') {
        this.#found({ type: 'commit', checksum, problem: 'missing', message: error.message });
      }
      throw error.withPrefix(`Loading commit for ${what}: `);
    }
    if (this.options.verifyBindings !== true) return;
    verifyBindings(checksum, commit, { ref, collectionId: remote === null ? collectionId : null });
  }

  /** The commits of refs come first: what they say is used before objects are checked. */
  #checkCommitBytes(checksum: Checksum): void {
    const actual = nodeHash.sha256(this.repo.store.readMetadata('commit', checksum));
    if (actual === checksum) return;
    const what = `Corrupted commit object; checksum expected='${checksum}' actual='${actual}'`;
    this.#found({ type: 'commit', checksum, problem: 'corrupt', message: `fsck ${checksum}.commit: ${what}` });
  }

  #commits(): { complete: Checksum[]; partial: number; fromFsck: number } {
    const complete: Checksum[] = [];
    let partial = 0;
    let fromFsck = 0;
    for (let repo: Repo | null = this.repo; repo !== null; repo = repo.parent) {
      for (const checksum of listCommits(repo.path)) {
        if (this.options.verifyBackRefs === true) checkBackRefs(this.repo, checksum);
        const state = this.repo.partialState(checksum);
        if (state === 'complete') complete.push(checksum);
        else {
          partial++;
          if (state === 'fsck') fromFsck++;
        }
      }
    }
    return { complete, partial, fromFsck };
  }

  /** Commits whose parent is not here. All are found before any is deleted, since each deletion makes another one. */
  #orphans(commits: readonly Checksum[]): Checksum[] {
    if (this.options.addTombstones !== true) return [];
    return commits.filter((checksum) => {
      const { parent } = this.repo.loadCommit(checksum);
      return parent !== null && !this.repo.hasObject('commit', parent);
    });
  }

  #bury(orphans: readonly Checksum[]): void {
    if (this.options.addTombstones !== true) return;
    const config = this.repo.readConfig();
    config.setBoolean('core', 'tombstone-commits', true);
    this.repo.saveConfig(config);
    for (const commit of orphans) {
      this.options.onEvent?.({ type: 'tombstone', commit });
      deleteCommit(this.repo, commit, { tombstone: true });
    }
  }

  /** The workers start, and have something to do, while objects are numbered. */
  #collect(queue: FsckQueue, runner: Runner): void {
    queue.walk((index) => {
      if (index % BATCH.items === 0) while (runner.hungry && this.#pushPortion(queue, runner)) runner.feed();
    });
  }

  /** Has as many of the next objects checked as make a portion; false when there are fewer. */
  #pushPortion(queue: FsckQueue, runner: Runner): boolean {
    const jobs = queue.nextPortion(BATCH.items);
    for (const job of jobs ?? []) runner.push(job, 0);
    return jobs !== null;
  }

  /** Does something with the record at hand, which is gone once that has come to its end. */
  async #recorded(check: () => Promise<void>): Promise<void> {
    if (this.options.resume !== true) return check();
    this.repo.assertWritable();
    this.#record = FsckRecord.open(this.repo);
    let done = false;
    try {
      await check();
      done = true;
    } finally {
      this.#record.close(done);
    }
  }

  /** @param outputs of all threads that had a part */
  #checked(jobs: readonly VerifyJob[], outputs: readonly VerifyObjectsOutput[]): void {
    this.#looked += jobs.length;
    const findings = inOrder(
      jobs,
      outputs.flatMap((output) => output.findings),
    );
    const bad = new Set(findings.map(findingObject));
    this.#record?.add(jobs.filter(({ type, checksum }) => !bad.has(formatObjectName(checksum, type))));
    for (const finding of findings) this.#found(finding);
    this.#progress();
  }

  #progress(): void {
    const { skipped = 0, size = 0 } = this.#queue ?? {};
    this.#told = this.#looked + skipped;
    this.options.onEvent?.({ type: 'progress', done: this.#told, total: size });
  }

  async #verify(commits: readonly Checksum[]): Promise<void> {
    const { repo, options } = this;
    const queue = new FsckQueue(repo, commits, this.#record);
    this.#queue = queue;
    const runner: Runner = new BatchRunner({
      task: verifyObjectsTask,
      input: (jobs) => ({ target: repo.target, objects: shareJobs(jobs) }),
      done: (jobs, output) => this.#checked(jobs, [output]),
      signal: options.signal,
    });
    try {
      this.#collect(queue, runner);
      options.onEvent?.({ type: 'verifying', commits: commits.length, objects: queue.size });
      if (runner.pool !== null) await this.#verifyShared(queue, runner.pool);
      else for (let job = queue.next(); job !== null; job = queue.next()) runner.push(job, 0);
      await runner.finish();
      if (this.#told < queue.size) this.#progress();
    } finally {
      await runner.settle();
    }
  }

  /** How large an object is shows when it is read: each thread takes one after the other. */
  #verifyShared(queue: FsckQueue, pool: WorkerPool): Promise<void> {
    const { repo, options } = this;
    const run = new SharedRun<VerifyJob, VerifyObjectsInput, VerifyObjectsOutput>({
      pool,
      task: verifyObjectsTask,
      next: () => queue.nextFew(),
      input: (objects) => ({ target: repo.target, objects }),
      done: (jobs, outputs) => this.#checked(jobs, outputs),
      signal: options.signal,
    });
    return run.run();
  }

  #found(finding: ObjectFinding): void {
    const { repo, options } = this;
    if (finding.problem === 'corrupt' && repo.writable) {
      forgetPlainFiles(repo);
      forgetCheckouts(repo);
    }
    const commits = this.#queue?.holders(finding) ?? [];
    const fatal = finding.problem === 'corrupt' && options.all !== true && options.delete !== true;
    if (fatal) {
      const where = commits.length === 0 ? '' : `In commits ${commits.join(', ')}: `;
      throw new OstError('corrupt', `${where}${finding.message}`, { data: { ...finding, commits } });
    }
    const remove = finding.problem === 'corrupt' && options.delete === true;
    if (remove) fs.rmSync(repo.store.path(finding.type, finding.checksum), { force: true });
    this.#findings.push(finding);
    options.onEvent?.({ type: 'finding', finding, commits, deleted: remove });
    if (finding.problem !== 'missing' && !remove) return;
    for (const commit of commits) {
      if (repo.partialState(commit) !== 'complete') continue;
      repo.markPartial(commit, 'fsck');
      options.onEvent?.({ type: 'marked-partial', commit });
    }
  }
}

/** Findings in the order of the jobs that they are of, whichever thread made them. */
function inOrder(jobs: readonly VerifyJob[], findings: readonly ObjectFinding[]): readonly ObjectFinding[] {
  if (findings.length < 2) return findings;
  const places = new Map(jobs.map(({ type, checksum }, place) => [formatObjectName(checksum, type), place]));
  const placeOf = (finding: ObjectFinding): number => places.get(findingObject(finding)) ?? -1;
  return findings.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** `HEX.TYPE` of a finding's object. */
export function findingObject(finding: ObjectFinding): string {
  return formatObjectName(finding.checksum, finding.type);
}
