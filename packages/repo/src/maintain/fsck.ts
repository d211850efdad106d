import * as fs from 'node:fs';
import { type Checksum, formatObjectName, isOstError, OstError, verifyBindings } from '@ost/objects';
import { BATCH, BatchRunner } from '../pool/batches.js';
import { nodeHash } from '../platform/hash.js';
import { verifyObjectsTask } from '../pool/tasks.js';
import { forgetCheckouts } from '../checkout/known-directories.js';
import { forgetPlainFiles } from '../checkout/plain-files.js';
import type { Repo } from '../repo.js';
import { refspecOf } from '../refs/list.js';
import { listCommits } from '../store/list-objects.js';
import { ObjectMarks } from '../tree/object-marks.js';
import { ObjectTable } from '../tree/object-table.js';
import { TreeWalker, type VisitObject } from '../tree/reachable.js';
import { checkBackRefs } from './back-refs.js';
import { deleteCommit } from './delete-object.js';
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

/** So many objects at the end go to threads in small portions. */
const LAST = 1024;
/** While so many are left, a thread gets plenty at a time. */
const MANY = 4096;

type Runner = BatchRunner<VerifyJob, VerifyObjectsInput, VerifyObjectsOutput>;

class Fsck {
  readonly #findings: ObjectFinding[] = [];
  /** Objects to check. */
  readonly #table = new ObjectTable();
  readonly #walker: TreeWalker;
  /** So many of these are being checked, or have been. */
  #pushed = 0;
  #done = 0;
  #resumed = 0;
  #record: FsckRecord | null = null;
  /** Commits that are checked. */
  #complete: readonly Checksum[] = [];
  #held: readonly ObjectMarks[] | null = null;

  constructor(
    private readonly repo: Repo,
    private readonly options: FsckOptions,
  ) {
    this.#walker = new TreeWalker(repo, this.#table);
  }

  async run(): Promise<FsckResult> {
    const { repo, options } = this;
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
    this.#complete = complete;
    await this.#recorded(() => this.#verify());
    this.#bury(orphans);
    return {
      findings: this.#findings,
      commits: complete.length,
      objects: this.#table.size,
      resumed: this.#resumed,
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

  /** Numbers the objects of all commits. The workers start, and have something to do, while this goes on. */
  #collect(runner: Runner): void {
    const seen = new ObjectMarks();
    const visit = (index: number): boolean => {
      if (!seen.add(index)) return false;
      if (index % BATCH.items === 0) while (runner.hungry && this.#pushNext(runner)) runner.feed();
      return true;
    };
    for (const commit of this.#complete) {
      this.#walk(commit, visit, (error) => {
        if (error.code === 'not-found') throw error;
      });
    }
  }

  /** Visits all objects of a commit. What is below a malformed directory is not found; checking that one tells. */
  #walk(commit: Checksum, visit: VisitObject, unreadable: (error: OstError) => void): void {
    visit(this.#table.addChecksum('commit', commit));
    this.#walker.directory(this.repo.loadCommit(commit), visit, unreadable);
  }

  /** True when an earlier check has found a numbered object good, and it is still there. */
  #wasGood(index: number): boolean {
    const [type, checksum] = [this.#table.type(index), this.#table.checksum(index)];
    return this.#record?.has(type, checksum) === true && this.repo.hasObject(type, checksum);
  }

  /** Has the next numbered object checked; false when there is none. */
  #pushNext(runner: Runner): boolean {
    const index = this.#pushed;
    if (index >= this.#table.size) return false;
    if (this.#record !== null && this.#wasGood(index)) {
      this.#pushed++;
      this.#done++;
      this.#resumed++;
      return true;
    }
    // Small portions at the end, so that no thread waits for another that has just begun a large one.
    const last = this.#table.size - index < LAST;
    runner.push({ checksum: this.#table.checksum(index), type: this.#table.type(index) }, last ? 1 << 18 : 1 << 14);
    this.#pushed++;
    return true;
  }

  /** The checked commits that hold an object. Which objects each one holds is found out when something is wrong first. */
  #holders({ type, checksum }: ObjectFinding): Checksum[] {
    const wanted = this.#table.find(type, checksum);
    this.#held ??= this.#complete.map((commit) => {
      const seen = new ObjectMarks();
      this.#walk(
        commit,
        (index) => seen.add(index),
        () => undefined,
      );
      return seen;
    });
    return this.#complete.filter((_, i) => wanted !== -1 && this.#held?.[i]?.has(wanted) === true);
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

  #checked(jobs: readonly VerifyJob[], { findings }: VerifyObjectsOutput): void {
    this.#done += jobs.length;
    const bad = new Set(findings.map(findingObject));
    this.#record?.add(jobs.filter(({ type, checksum }) => !bad.has(formatObjectName(checksum, type))));
    for (const finding of findings) this.#found(finding);
    this.#progress();
  }

  #progress(): void {
    this.options.onEvent?.({ type: 'progress', done: this.#done, total: this.#table.size });
  }

  async #verify(): Promise<void> {
    const { repo, options } = this;
    const runner: Runner = new BatchRunner({
      task: verifyObjectsTask,
      input: (jobs) => ({ target: repo.target, jobs }),
      done: (jobs, output) => this.#checked(jobs, output),
      signal: options.signal,
    });
    try {
      this.#collect(runner);
      options.onEvent?.({ type: 'verifying', commits: this.#complete.length, objects: this.#table.size });
      while (this.#pushNext(runner)) {
        // This thread may be long in coming back: how large an object is shows when it is read.
        if (this.#table.size - this.#pushed > MANY) runner.feed();
        await runner.drain();
      }
      await runner.finish();
      if (this.#resumed === this.#table.size) this.#progress();
    } finally {
      await runner.settle();
    }
  }

  #found(finding: ObjectFinding): void {
    const { repo, options } = this;
    if (finding.problem === 'corrupt' && repo.writable) {
      forgetPlainFiles(repo);
      forgetCheckouts(repo);
    }
    const commits = this.#holders(finding);
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

/** `HEX.TYPE` of a finding's object. */
export function findingObject(finding: ObjectFinding): string {
  return formatObjectName(finding.checksum, finding.type);
}
