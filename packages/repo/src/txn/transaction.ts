import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, isOstError, OstError } from '@ost/objects';
import { listIfPresent, lstatIfPresent, replaceFile, syncDirectory, temporaryName } from '../platform/files.js';
import { ObjectWriter, type WriteStats } from '../store/object-writer.js';
import { spaceBudget } from '../store/space.js';
import type { WriteTarget } from '../store/store-target.js';
import { type RefLocation, refPath, removeRefFile, writeRefFile } from '../refs/ref-files.js';
import type { Repo } from '../repo.js';
import type { HeldLock } from './locks.js';
import { cleanTmp, openStaging, type Staging } from './staging.js';
import { WriteBehind } from './write-behind.js';

/** Options of {@link Repo.begin}. */
export interface TransactionOptions {
  /** Override of `core.fsync` for this transaction. */
  readonly fsync?: boolean;
  /** Override of `core.per-object-fsync`. */
  readonly perObjectFsync?: boolean;
  /** Flush from time to time, so that a flush at the end, whoever does it, takes less. @default as `fsync` */
  readonly writeBehind?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * A set of object writes and ref changes that becomes visible in an order that never shows a ref without its
 * objects: objects are staged, the file system is flushed, objects get their names, refs are moved last
 * (repository format, "Transactions").
 */
export class Transaction {
  /** Writes objects from this thread; worker threads make their own from {@link Transaction.target}. */
  readonly writer: ObjectWriter;
  /** Commits whose `.commitpartial` marker is removed when the transaction is committed. */
  readonly #completed = new Set<Checksum>();
  readonly #refs = new Map<string, { readonly location: RefLocation; readonly checksum: Checksum | null }>();
  #open = true;

  private constructor(
    readonly repo: Repo,
    /** What a worker thread needs to write into this transaction. */
    readonly target: WriteTarget,
    readonly fsync: boolean,
    readonly perObjectFsync: boolean,
    private readonly staging: Staging,
    private readonly held: HeldLock,
    private readonly disk: WriteBehind,
  ) {
    this.writer = new ObjectWriter(target);
  }

  /** @internal Use {@link Repo.begin}. */
  static async begin(repo: Repo, options: TransactionOptions): Promise<Transaction> {
    const held = await repo.lock('shared', options.signal);
    try {
      const fsync = options.fsync ?? repo.config.fsync;
      const perObjectFsync = fsync && (options.perObjectFsync ?? repo.config.perObjectFsync);
      const staging = openStaging(path.join(repo.path, 'tmp'));
      const direct = !fsync || perObjectFsync;
      const target: WriteTarget = {
        ...repo.target,
        transaction: temporaryName('transaction-'),
        staging: staging.path,
        staged: direct && !staging.resumed ? null : staging.path,
        direct,
        syncObjects: perObjectFsync,
        splitXattrs: repo.config.writeSplitXattrs,
        payloadLinkThreshold: repo.config.payloadLinkThreshold,
        space: spaceBudget(repo.path, repo.config.reserve),
      };
      const disk = new WriteBehind(repo.path);
      if ((options.writeBehind ?? fsync) && flushes()) disk.start();
      return new Transaction(repo, target, fsync, perObjectFsync, staging, held, disk);
    } catch (error) {
      held.release();
      throw error;
    }
  }

  /** True when objects of an earlier, aborted transaction are being reused: commits found there may be incomplete. */
  get resumed(): boolean {
    return this.staging.resumed;
  }

  /** Moves (or with null deletes) a ref when the transaction is committed. */
  setRef(location: RefLocation, checksum: Checksum | null): void {
    this.#refs.set(refPath(location), { location, checksum });
  }

  /** What a ref will be once the transaction is committed; undefined when it is not touched. */
  pendingRef(location: RefLocation): Checksum | null | undefined {
    return this.#refs.get(refPath(location))?.checksum;
  }

  /** Replaces a commit's detached metadata; null leaves it as it is, an empty array means the empty dictionary. */
  writeDetachedMetadata(commit: Checksum, bytes: Uint8Array): void {
    const { staging } = this.target;
    replaceFile(this.writer.destination('commitmeta', commit), bytes, { sync: this.fsync, temporaryIn: staging });
  }

  /** Marks a commit as possibly incomplete, before its object is written. */
  markPartial(commit: Checksum): void {
    this.repo.markPartial(commit);
  }

  /** Takes the mark off when the transaction is committed: everything the commit needs is there. */
  clearPartial(commit: Checksum): void {
    this.#completed.add(commit);
  }

  /**
   * Publishes everything.
   * @throws OstError when a write is refused; the objects stay staged for the next transaction
   */
  async commit(): Promise<WriteStats> {
    this.#assertOpen();
    try {
      if (process.env['OSTREE_REPO_TEST_ERROR'] === 'pre-commit') {
        throw new OstError('state', 'OSTREE_REPO_TEST_ERROR_PRE_COMMIT specified');
      }
      if (!this.fsync) this.disk.leave();
      else if (flushes()) await this.disk.flush();
      // Without the lock nothing must be published.
      this.#assertOpen();
      this.#publishObjects();
      fs.rmSync(this.staging.path, { recursive: true, force: true });
    } catch (error) {
      this.abort();
      throw error;
    }
    try {
      this.staging.release();
      cleanTmp(path.join(this.repo.path, 'tmp'), { expirySeconds: this.repo.config.tmpExpirySeconds });
      for (const commit of this.#completed) this.repo.clearPartial(commit);
      for (const { location, checksum } of this.#refs.values()) {
        if (checksum === null) removeRefFile(this.repo.path, location);
        else writeRefFile(this.repo.path, location, checksum, { fsync: this.fsync });
      }
      if (this.#refs.size > 0) await this.repo.refsChanged();
    } finally {
      this.#close();
    }
    return this.writer.stats;
  }

  /** Forgets the ref changes. Staged objects stay for the next transaction of this boot. */
  abort(): void {
    if (!this.#open) return;
    try {
      this.staging.release();
    } finally {
      this.#close();
    }
  }

  /** Like {@link Transaction.abort}, but the staged objects are thrown away as well. */
  discard(): void {
    if (!this.#open) return;
    try {
      fs.rmSync(this.staging.path, { recursive: true, force: true });
    } finally {
      this.abort();
    }
  }

  /** Ends the transaction after a failure: aborts it, or for want of space discards it, so that nothing fills the disk. */
  fail(error: unknown): void {
    if (isOstError(error) && error.code === 'no-space') this.discard();
    else this.abort();
  }

  #publishObjects(): void {
    const objects = path.join(this.repo.path, 'objects');
    // Attributes come first and commits last: wherever this is interrupted, what is there has all that belongs to it.
    if (this.target.mode === 'bare-split-xattrs') {
      this.#moveObjects(objects, (name) => name.includes('.file-xattrs'));
    }
    this.#moveObjects(objects, (name) => !name.endsWith('.commit'));
    this.#moveObjects(objects, (name) => name.endsWith('.commit'));
    if (!this.fsync) return;
    for (const prefix of fs.readdirSync(objects)) if (prefix.length === 2) syncDirectory(path.join(objects, prefix));
    syncDirectory(objects);
  }

  #moveObjects(objects: string, chosen: (name: string) => boolean): void {
    for (const prefix of listIfPresent(this.staging.path)) {
      if (prefix.length !== 2) continue;
      const from = path.join(this.staging.path, prefix);
      const to = path.join(objects, prefix);
      const names = fs.readdirSync(from);
      if (names.every(chosen) && becomes(from, to)) continue;
      fs.mkdirSync(to, { recursive: true });
      for (const name of names.filter(chosen)) {
        // An object that is there keeps its inode; detached metadata is replaced.
        if (!name.endsWith('.commitmeta') && lstatIfPresent(`${to}/${name}`) !== null) continue;
        fs.renameSync(`${from}/${name}`, `${to}/${name}`);
      }
    }
  }

  #assertOpen(): void {
    if (!this.#open) throw new OstError('state', 'This transaction has ended');
  }

  #close(): void {
    this.#open = false;
    this.disk.stop();
    this.held.release();
    this.repo.transactionEnded(this);
  }
}

/** Whether the environment lets anything be flushed. */
function flushes(): boolean {
  return process.env['OSTREE_SUPPRESS_SYNCFS'] === undefined;
}

/** Renames a whole directory to one that is not there yet, or empty; false for whatever stands in the way. */
function becomes(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}
