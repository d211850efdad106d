// The repository on disk.
export { initRepo, openRepo } from './open.js';
export { Repo } from './repo.js';
export { Transaction } from './txn/transaction.js';
export { findRepo } from './inspect/find-repo.js';

// What one does with it.
export { commitTree, defaultTimestamp } from './commit/commit-tree.js';
export { checkout } from './checkout/checkout.js';
export { forgetCheckouts } from './checkout/known-directories.js';
export { updateCheckout } from './checkout/update-checkout.js';
export { exportTar } from './tar/export-tar.js';
export { pullLocal } from './import/pull-local.js';
export { imaSign } from './ima/sign-commit.js';
export { findingObject, fsck } from './maintain/fsck.js';
export { deleteCommitWithTombstone, prune } from './maintain/prune.js';
export { deleteDeltasTo } from './maintain/prune-files.js';
export { updateSummary } from './maintain/summary.js';
export { reindexDeltas } from './maintain/delta-index.js';
export { pathUsage, refUsage } from './inspect/disk-usage.js';
export { TreeLister } from './inspect/tree-lister.js';
export { checksumOfPath, commitDirectory, diffTrees, localDirectory } from './inspect/diff.js';

// Building blocks of trees and commits.
export { MutableTree } from './tree/mutable-tree.js';
export { lookupPath } from './tree/lookup.js';
export { addObjectsBelow } from './maintain/local-objects.js';
export { ObjectMarks } from './tree/object-marks.js';
export { ObjectTable } from './tree/object-table.js';
export { TreeWalker, walkDirectory } from './tree/reachable.js';
export { importDirectory } from './commit/directory-source.js';
export { bindingEntries } from './commit/bindings.js';
export {
  canonicalPermissions,
  composeFilters,
  keepEverything,
  readOnlyExecutables,
  setOwner,
  skipList,
  statOverride,
} from './commit/modifier.js';
export { DECOMPRESSORS } from './tar/decompressors.js';
export { tarPathnameFilter } from './tar/pathname-filter.js';

// SELinux labels.
export { FileContexts } from './selinux/file-contexts.js';
export { kernelHasSelinux } from './selinux/label-xattr.js';
export { loadSelinuxPolicy, SelinuxPolicy } from './selinux/policy.js';
export { selinuxPolicyOfCommit } from './selinux/policy-from-commit.js';

// Configuration, refs and objects one by one.
export { KeyFile } from './config/key-file.js';
export { readRepoConfig } from './config/repo-config.js';
export { systemRemotesDirectory } from './config/remotes-directory.js';
export {
  addRemote,
  assertRemoteExists,
  deleteRemote,
  hasRemote,
  listRemotes,
  remoteBoolean,
  remoteGroup,
  findRemoteKeyring,
  remoteKeyringPath,
  remoteList,
  remoteOption,
} from './config/remotes.js';
export { refspecOf } from './refs/list.js';
export { refPath } from './refs/ref-files.js';
export { ObjectStore } from './store/object-store.js';
export { hashFile } from './store/object-name.js';
export { ObjectWriter } from './store/object-writer.js';
export { openArchiveStream } from './store/archive-stream.js';
export { archivedContent, writeArchivedStream, writeArchivedUnverified } from './store/write-archived.js';
export { StoredFile } from './store/stored-file.js';
export { checkBareUserOnly } from './store/content-file.js';
export { reserveSpace } from './store/space.js';
export { listCommits, listLooseObjects } from './store/list-objects.js';

// Node's implementations of the seams of @ost/objects, and the worker pool.
export { nodeHash } from './platform/hash.js';
export { nodeDeflate } from './platform/deflate.js';
export { replaceFile } from './platform/files.js';
export { readEtag, writeEtag } from './platform/etag.js';
export { errnoOf, ioError, isAbsent, strerror } from './platform/fs-errors.js';
export { BatchRunner } from './pool/batches.js';
export { hashFiles } from './inspect/hash-files.js';
export { run as hashFilesSync } from './inspect/hash-files-job.js';
export { runHere, setWorkerEntry, sharedPool, WorkerPool } from './pool/pool.js';
export { takeJobs } from './pool/shared-jobs.js';
export { SharedRun } from './pool/shared-run.js';
export { runWorker } from './pool/worker.js';
export { TaskContext } from './pool/task.js';
export { repoTasks } from './pool/tasks.js';

export type { InitOptions, OpenOptions } from './open.js';
export type { RemoteFiles } from './config/remotes-directory.js';
export type { PartialState } from './repo.js';
export type { TransactionOptions } from './txn/transaction.js';
export type { HeldLock, LockKind } from './txn/locks.js';
export type { CommitOptions, CommitResult, TreeSource } from './commit/commit-tree.js';
export type { TarTreeSource } from './tar/tree-source.js';
export type { Decompressor } from './tar/decompressors.js';
export type { ExportTarOptions } from './tar/export-tar.js';
export type { CommitProgress, ImportContext } from './commit/directory-source.js';
export type { CommitModifier, EntryFilter, EntryInfo, ListFilter } from './commit/modifier.js';
export type { FileContextsTexts } from './selinux/file-contexts.js';
export type { BindingOptions } from './commit/bindings.js';
export type { CheckoutOptions, CheckoutProgress } from './checkout/checkout.js';
export type { UpdateCheckoutOptions, UpdateCheckoutResult } from './checkout/update-checkout.js';
export type { CheckoutLabels } from './checkout/labels.js';
export type { OverwriteMode } from './checkout/checkout-job.js';
export type { ImaSignOptions, ImaSignResult } from './ima/sign-commit.js';
export type { PullLocalOptions, PullLocalProgress, PullLocalResult } from './import/pull-local.js';
export type { FsckEvent, FsckOptions, FsckResult } from './maintain/fsck.js';
export type { ObjectFinding } from './maintain/verify-job.js';
export type { PruneOptions, PruneResult } from './maintain/prune.js';
export type { RefShare } from './maintain/ref-shares.js';
export type { UpdateSummaryOptions } from './maintain/summary.js';
export type { DiskUsage, DiskUsageReport } from './inspect/disk-usage.js';
export type { ListedDirectory, ListedFile } from './inspect/tree-lister.js';
export type { DiffDirectory, LocalDiffOptions, TreeDiff } from './inspect/diff.js';
export type { DirectoryEntry, TreeEntry } from './tree/lookup.js';
export type { DirTreeLoader } from './tree/mutable-tree.js';
export type { ReachableOptions, Visit, VisitObject } from './tree/reachable.js';
export type { FreeSpaceReserve, RepoConfig } from './config/repo-config.js';
export type { AddRemoteOptions } from './config/remotes.js';
export type { CollectionRefEntry, RefEntry, RefName } from './refs/list.js';
export type { RefLocation } from './refs/ref-files.js';
export type { ArchiveStream } from './store/archive-stream.js';
export type { ObjectLocation } from './store/object-store.js';
export type { StoreTarget, WriteTarget } from './store/store-target.js';
export type { WriteStats } from './store/object-writer.js';
export type { LooseObject } from './store/list-objects.js';
export type { Task, TaskModule, TaskTable } from './pool/task.js';
export type { SharedJobs } from './pool/shared-jobs.js';
export type { SharedRunOptions } from './pool/shared-run.js';
export type { WorkerData } from './pool/messages.js';
