import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type Checksum,
  type Commit,
  type DirMeta,
  type DirTree,
  type ObjectType,
  OstError,
  parseCommit,
  parseDirMeta,
  parseDirTree,
  type RepoMode,
} from '@ost/objects';
import { KeyFile } from './config/key-file.js';
import type { RemoteFiles } from './config/remotes-directory.js';
import type { RepoConfig } from './config/repo-config.js';
import { replaceFile } from './platform/files.js';
import { isAbsent } from './platform/fs-errors.js';
import {
  type CollectionRefEntry,
  listMirrorRefs,
  listRefNames,
  listRefs,
  type RefEntry,
  type RefName,
} from './refs/list.js';
import {
  readRefFile,
  type RefLocation,
  refPath,
  removeRefFile,
  writeAliasFile,
  writeRefFile,
} from './refs/ref-files.js';
import { resolveRev, resolveRevIfPresent } from './refs/resolve.js';
import { ObjectStore } from './store/object-store.js';
import type { StoreTarget } from './store/store-target.js';
import type { StoredFile } from './store/stored-file.js';
import { type HeldLock, type LockKind, RepoLock } from './txn/locks.js';
import { Transaction, type TransactionOptions } from './txn/transaction.js';

/** State of a commit whose objects may not all be there. */
export type PartialState = 'complete' | 'partial' | 'fsck';

/**
 * An opened repository. Reading is synchronous and cheap; writing goes through a {@link Transaction}.
 * Made by `openRepo` or `initRepo`.
 */
export class Repo {
  /** Plain data from which any thread can open the store. */
  readonly target: StoreTarget;
  #store: ObjectStore | undefined;
  readonly #lock: RepoLock;
  #transaction: Transaction | null = null;

  /** @internal */
  constructor(
    /** Absolute path. */
    readonly path: string,
    /** The configuration file, with the remotes of {@link Repo.remoteFiles}. */
    readonly keyFile: KeyFile,
    /** Remotes that have files of their own, for a running system's repository. */
    readonly remoteFiles: RemoteFiles | null,
    /** Its checked `[core]` values. */
    readonly config: RepoConfig,
    /** Repository that objects, refs and remotes are looked up in when they are not here. */
    readonly parent: Repo | null,
    /** False when `objects/` cannot be written to. */
    readonly writable: boolean,
    /** What to run after refs changed: regenerates the summary when the configuration says so. */
    private readonly onRefsChanged: (repo: Repo) => Promise<void>,
  ) {
    const parents: { path: string; mode: RepoMode }[] = [];
    for (let p = parent; p !== null; p = p.parent) parents.push({ path: p.path, mode: p.mode });
    const { mode, disableXattrs, zlibLevel } = config;
    this.target = { path, mode, parents, disableXattrs, zlibLevel };
    this.#lock = new RepoLock(path, {
      enabled: writable && config.locking,
      timeoutSeconds: config.lockTimeoutSeconds,
    });
  }

  /** Reads objects, including those that the open transaction has staged. */
  get store(): ObjectStore {
    this.#store ??= new ObjectStore(this.target);
    return this.#store;
  }

  /** Storage mode. */
  get mode(): RepoMode {
    return this.config.mode;
  }

  /** The transaction that is open, if any. */
  get transaction(): Transaction | null {
    return this.#transaction;
  }

  /**
   * @throws OstError `io` (`Cannot write to repository: Permission denied`) when it is read-only for us, `unsupported` when
   *   its configuration demands of new objects what cannot be had
   */
  assertWritable(): void {
    if (!this.writable)
      throw new OstError('io', 'Cannot write to repository: Permission denied', { data: { path: this.path } });
    const { unmetDemand } = this.config;
    if (unmetDemand !== null) {
      const what = `Cannot write to repository: fs-verity is not supported (${unmetDemand})`;
      throw new OstError('unsupported', what, { data: { path: this.path } });
    }
  }

  /**
   * Loads a commit.
   * @throws OstError `not-found` or `corrupt`
   */
  loadCommit(checksum: Checksum): Commit {
    return parseCommit(this.store.readMetadata('commit', checksum));
  }

  /** Loads a directory's entries. */
  loadDirTree(checksum: Checksum): DirTree {
    // Nothing of the bytes is left in what they are parsed to.
    return parseDirTree(this.store.viewDirTree(checksum));
  }

  /** Loads a directory's owner, mode and xattrs. */
  loadDirMeta(checksum: Checksum): DirMeta {
    return parseDirMeta(this.store.readMetadata('dirmeta', checksum));
  }

  /** Loads a file or symlink. */
  loadFile(checksum: Checksum): StoredFile {
    return this.store.loadFile(checksum);
  }

  /** True when the object is here, staged, or in a parent. */
  hasObject(type: ObjectType, checksum: Checksum): boolean {
    return this.store.find(type, checksum) !== null;
  }

  /** The serialized detached metadata of a commit, or null. */
  readDetachedMetadata(commit: Checksum): Uint8Array | null {
    return this.store.readMetadataIfPresent('commitmeta', commit);
  }

  /** Replaces the detached metadata of a commit; null deletes it. */
  writeDetachedMetadata(commit: Checksum, bytes: Uint8Array | null): void {
    if (bytes !== null && this.#transaction !== null) {
      this.#transaction.writeDetachedMetadata(commit, bytes);
      return;
    }
    const file = this.store.path('commitmeta', commit);
    if (bytes === null) {
      fs.rmSync(file, { force: true });
      return;
    }
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.replaceFile(file, bytes);
  }

  /** Whether all objects of a commit are known to be here (repository format, "Partial commits"). */
  partialState(commit: Checksum): PartialState {
    try {
      return fs.readFileSync(this.#partialPath(commit), 'latin1').startsWith('f') ? 'fsck' : 'partial';
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    return this.parent !== null && !this.store.hasOwn('commit', commit) ? this.parent.partialState(commit) : 'complete';
  }

  /** Notes that objects of a commit may be missing; an existing mark is left alone. */
  markPartial(commit: Checksum, reason: 'partial' | 'fsck' = 'partial'): void {
    try {
      fs.writeFileSync(this.#partialPath(commit), reason === 'fsck' ? 'f' : '', { flag: 'wx', mode: 0o644 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }

  /** Takes the mark of {@link Repo.markPartial} off. */
  clearPartial(commit: Checksum): void {
    fs.rmSync(this.#partialPath(commit), { force: true });
  }

  #partialPath(commit: Checksum): string {
    return path.join(this.path, 'state', `${commit}.commitpartial`);
  }

  /** Resolves a revision; throws `not-found` when it names nothing. */
  resolve(rev: string): Checksum {
    return resolveRev(this, rev);
  }

  /** Resolves a revision; null when it names nothing. */
  resolveIfPresent(rev: string): Checksum | null {
    return resolveRevIfPresent(this, rev);
  }

  /** Refs of this repository, sorted; `prefix` as in `ostree refs PREFIX`. */
  listRefs(prefix?: string): RefEntry[] {
    return listRefs(this.path, prefix);
  }

  /** Names of {@link Repo.listRefs}, and of refs whose files are damaged, so that these can be deleted. */
  listRefNames(prefix?: string): RefName[] {
    return listRefNames(this.path, prefix);
  }

  /** Refs of foreign collections (`refs/mirrors`). */
  listMirrorRefs(): CollectionRefEntry[] {
    return listMirrorRefs(this.path);
  }

  /** Exactly this ref, without the fall-backs of {@link Repo.resolve}; null when there is none. */
  readRef(location: RefLocation): Checksum | null {
    const pending = this.#transaction?.pendingRef(location);
    return pending === undefined ? readRefFile(this.path, refPath(location)) : pending;
  }

  /** Moves, or with null deletes, a ref: with the open transaction, or at once when there is none. */
  async setRef(location: RefLocation, checksum: Checksum | null): Promise<void> {
    if (this.#transaction !== null) {
      this.#transaction.setRef(location, checksum);
      return;
    }
    if (checksum === null) removeRefFile(this.path, location);
    else writeRefFile(this.path, location, checksum, { fsync: this.config.fsync });
    await this.refsChanged();
  }

  /** Makes `name` stand for the local ref `target`. */
  async createAlias(name: string, target: string): Promise<void> {
    writeAliasFile(this.path, name, target);
    await this.refsChanged();
  }

  /** Opens a transaction; only one at a time. */
  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    if (this.#transaction !== null) {
      throw new OstError('state', 'Failed to prepare transaction, another transaction is in progress');
    }
    this.assertWritable();
    const transaction = await Transaction.begin(this, options);
    this.#transaction = transaction;
    this.store.staging = transaction.target.staged;
    return transaction;
  }

  /** Runs `body` in a transaction: committed when it returns, aborted when it throws. */
  async withTransaction<T>(
    body: (transaction: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const transaction = await this.begin(options);
    let result: T;
    try {
      result = await body(transaction);
    } catch (error) {
      transaction.fail(error);
      throw error;
    }
    await transaction.commit();
    return result;
  }

  /** @internal */
  transactionEnded(transaction: Transaction): void {
    if (this.#transaction !== transaction) return;
    this.#transaction = null;
    this.store.staging = null;
  }

  /** @internal Called after refs moved. */
  async refsChanged(): Promise<void> {
    if (this.config.autoUpdateSummary) await this.onRefsChanged(this);
  }

  /** Takes the repository lock, shared with libostree's processes. */
  lock(kind: LockKind, signal?: AbortSignal): Promise<HeldLock> {
    return this.#lock.acquire(kind, signal);
  }

  /** @internal Publishes a file of the repository; what a killed process leaves of it lies in `tmp`, where it expires. */
  replaceFile(file: string, data: string | Uint8Array): void {
    replaceFile(file, data, { sync: this.config.fsync, temporaryIn: path.join(this.path, 'tmp') });
  }

  /** Writes a changed configuration file. The opened repository keeps its present settings. */
  saveConfig(keyFile: KeyFile): void {
    this.replaceFile(path.join(this.path, 'config'), keyFile.serialize());
  }

  /** The configuration file as it is on disk now. */
  readConfig(): KeyFile {
    return KeyFile.parse(fs.readFileSync(path.join(this.path, 'config'), 'utf8'));
  }
}
