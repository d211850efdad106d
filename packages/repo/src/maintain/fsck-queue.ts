import * as fs from 'node:fs';
import { assertEntryNames, type Checksum, type DirTreeLayout, isOstError, type OstError } from '@ost/objects';
import { nodeHash } from '../platform/hash.js';
import type { Repo } from '../repo.js';
import { ObjectMarks } from '../tree/object-marks.js';
import { ObjectTable } from '../tree/object-table.js';
import { TreeWalker, type VisitObject } from '../tree/reachable.js';
import type { FsckRecord } from './fsck-record.js';
import type { ObjectFinding, VerifyJob } from './verify-job.js';

/** So many objects are a list that all threads take from. */
const FEW = 512;

/**
 * The objects that a check has to look at: numbered by a walk over the commits, and given out one after the other, some of
 * them while the walk goes on. Directories are checked by the walk, which reads them anyway.
 */
export class FsckQueue {
  readonly #table = new ObjectTable();
  readonly #walker: TreeWalker;
  /** Directories that are right. */
  readonly #right = new ObjectMarks();
  /** Directories whose turn came when the walk had not read them yet. */
  readonly #unread: number[] = [];
  #walked = false;
  /** So many objects have had their turn. */
  #given = 0;
  #skipped = 0;
  #resumed = 0;
  #held: readonly ObjectMarks[] | null = null;

  /**
   * @param commits that are checked
   * @param record of what an earlier check has found good; what the walk finds right is added
   */
  constructor(
    private readonly repo: Repo,
    private readonly commits: readonly Checksum[],
    private readonly record: FsckRecord | null,
  ) {
    this.#walker = new TreeWalker(repo, this.#table, null, (...read) => this.#checkRead(...read));
  }

  /** How many objects have been numbered. */
  get size(): number {
    return this.#table.size;
  }

  /** How many had their turn and need no look. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Of these, the ones that an earlier check has found good. */
  get resumed(): number {
    return this.#resumed;
  }

  /** Numbers the objects of all commits. @param onNumbered told of each number; may take some of the next */
  walk(onNumbered: (index: number) => void): void {
    const seen = new ObjectMarks();
    const visit = (index: number): boolean => {
      if (!seen.add(index)) return false;
      onNumbered(index);
      return true;
    };
    for (const commit of this.commits) {
      this.#visit(commit, visit, (error) => {
        if (error.code === 'not-found') throw error;
      });
    }
    this.#walked = true;
  }

  /** Visits all objects of a commit. What is below a malformed directory is not found; checking that one tells. */
  #visit(commit: Checksum, visit: VisitObject, unreadable: (error: OstError) => void): void {
    visit(this.#table.addChecksum('commit', commit));
    this.#walker.directory(this.repo.loadCommit(commit), visit, unreadable);
  }

  /** One that is not right is checked like all others, which tells what it is that is wrong. */
  #checkRead(index: number, bytes: Uint8Array, layout: DirTreeLayout): void {
    if (nodeHash.sha256(bytes) !== this.#table.checksum(index)) return;
    try {
      assertEntryNames(bytes, layout, 'corrupt');
    } catch (error) {
      if (isOstError(error)) return;
      throw error;
    }
    this.#right.add(index);
  }

  /** The next object whose turn it is. */
  #nextIndex(): number | undefined {
    while (this.#given < this.size) {
      const index = this.#given++;
      if (this.#walked || this.#right.has(index) || !this.#table.is(index, 'dirtree')) return index;
      this.#unread.push(index);
    }
    return this.#walked ? this.#unread.pop() : undefined;
  }

  /** The next object that has to be checked. */
  next(): VerifyJob | null {
    for (let index = this.#nextIndex(); index !== undefined; index = this.#nextIndex()) {
      const job = { checksum: this.#table.checksum(index), type: this.#table.type(index) };
      if (this.#wasGood(job)) this.#resumed++;
      else if (this.#right.has(index)) this.record?.add([job]);
      else return job;
      this.#skipped++;
    }
    return null;
  }

  /** True when an earlier check has found an object good, and it is still there. */
  #wasGood({ type, checksum }: VerifyJob): boolean {
    return this.record?.has(type, checksum) === true && this.repo.hasObject(type, checksum);
  }

  /** The jobs of the next `count` objects; null when there are fewer. */
  nextPortion(count: number): readonly VerifyJob[] | null {
    const end = this.#given + count;
    if (end > this.size) return null;
    const jobs: VerifyJob[] = [];
    for (let job = this.next(); job !== null; job = this.#given < end ? this.next() : null) jobs.push(job);
    return jobs;
  }

  /** The next objects that have to be checked. The last ones come largest first, lest a thread ends with a large one. */
  nextFew(): readonly VerifyJob[] {
    const jobs: VerifyJob[] = [];
    const last = this.size - this.#given + this.#unread.length <= 2 * FEW;
    for (let job = this.next(); job !== null; job = last || jobs.length < FEW ? this.next() : null) jobs.push(job);
    if (!last) return jobs;
    const { store } = this.repo;
    const sizeOf = ({ type, checksum }: VerifyJob): number =>
      fs.lstatSync(store.path(type, checksum), { throwIfNoEntry: false })?.size ?? 0;
    const sized = jobs.map((job) => ({ job, size: sizeOf(job) })).sort((one, other) => other.size - one.size);
    return sized.map(({ job }) => job);
  }

  /** The commits that hold an object. Which objects each one holds is found out when something is wrong first. */
  holders({ type, checksum }: ObjectFinding): Checksum[] {
    const wanted = this.#table.find(type, checksum);
    this.#held ??= this.commits.map((commit) => {
      const seen = new ObjectMarks();
      this.#visit(
        commit,
        (index) => seen.add(index),
        () => undefined,
      );
      return seen;
    });
    return this.commits.filter((_, i) => wanted !== -1 && this.#held?.[i]?.has(wanted) === true);
  }
}
