import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, OstError, parseDeltaPath } from '@ost/objects';
import { listIfPresent } from '../platform/files.js';
import type { Repo } from '../repo.js';
import { refspecOf } from '../refs/list.js';
import { listCommits, listLooseObjects, type LooseObject } from '../store/list-objects.js';
import { addReachable, objectKey, type ReachableSet } from '../tree/reachable.js';
import { deleteCommit } from './delete-object.js';

/** Options of {@link prune}. */
export interface PruneOptions {
  /** Count only, delete no object. @default false */
  readonly noPrune?: boolean;
  /** Start from refs instead of from every commit. @default false */
  readonly refsOnly?: boolean;
  /** Parents to keep for each root; -1 all. @default -1 */
  readonly depth?: number;
  /** Only commit objects. @default false */
  readonly commitOnly?: boolean;
  /** Per ref: parents to keep, -1 all. Implies refs-only. */
  readonly retainBranchDepth?: ReadonlyMap<string, number>;
  /** Keep commits at or after this time, in seconds. Implies refs-only. */
  readonly keepYoungerThan?: bigint;
  /** Prune only these refs and keep everything of the others. Implies refs-only. */
  readonly onlyBranches?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Outcome of {@link prune}. */
export interface PruneResult {
  /** Objects that were looked at. */
  readonly total: number;
  /** Unreachable ones: deleted, or with `noPrune` deletable. */
  readonly pruned: number;
  /** Their size on disk in bytes. */
  readonly freed: number;
}

/**
 * Deletes what no root reaches, under the exclusive lock, so that no writer of ours or libostree's can lose an object
 * that it counts on (repository format, "prune").
 */
export async function prune(repo: Repo, options: PruneOptions = {}): Promise<PruneResult> {
  repo.assertWritable();
  const lock = await repo.lock('exclusive', options.signal);
  try {
    const reachable = rootSet(repo, options);
    const result = sweep(repo, reachable, options);
    pruneDeltas(repo);
    pruneSummaryCache(repo);
    return result;
  } finally {
    lock.release();
  }
}

/**
 * Deletes one commit that no ref points at, leaving a tombstone.
 * @throws OstError `state` when a ref points at it, `not-found`
 */
export async function deleteCommitWithTombstone(repo: Repo, commit: Checksum): Promise<void> {
  repo.assertWritable();
  for (const ref of repo.listRefs()) {
    if (ref.checksum === commit) throw new OstError('state', `Commit '${commit}' is referenced by '${refspecOf(ref)}'`);
  }
  for (const { collection, name, checksum } of repo.listMirrorRefs()) {
    if (checksum === commit)
      throw new OstError('state', `Commit '${commit}' is referenced by (${collection}, ${name})`);
  }
  const config = repo.readConfig();
  config.setBoolean('core', 'tombstone-commits', true);
  repo.saveConfig(config);
  deleteCommit(repo, commit, { tombstone: true });
}

function rootSet(repo: Repo, options: PruneOptions): ReachableSet {
  const reachable: ReachableSet = new Set();
  const { depth = -1, commitOnly = false, signal } = options;
  const add = (commit: Checksum, parents: number): void =>
    addReachable(repo, commit, reachable, { depth: parents < -1 ? 0 : parents, commitOnly, signal });
  const extended =
    options.retainBranchDepth !== undefined ||
    options.keepYoungerThan !== undefined ||
    options.onlyBranches !== undefined;
  if (extended) {
    addPerRef(repo, options, add);
    return reachable;
  }
  if (options.refsOnly !== true) for (const commit of listCommits(repo.path)) add(commit, depth);
  else {
    for (const { checksum } of repo.listRefs()) add(checksum, depth);
    for (const { checksum } of repo.listMirrorRefs()) add(checksum, depth);
  }
  return reachable;
}

/** The rules per ref, first match wins. */
function addPerRef(repo: Repo, options: PruneOptions, add: (commit: Checksum, depth: number) => void): void {
  const { retainBranchDepth, onlyBranches, keepYoungerThan, depth = -1 } = options;
  for (const ref of onlyBranches ?? []) repo.resolve(ref);
  for (const entry of repo.listRefs()) {
    const refspec = refspecOf(entry);
    const retain = retainBranchDepth?.get(refspec) ?? 0;
    if (retain !== 0) add(entry.checksum, retain);
    else if (onlyBranches !== undefined && !onlyBranches.includes(refspec)) add(entry.checksum, -1);
    else if (keepYoungerThan !== undefined) addYounger(repo, entry.checksum, keepYoungerThan, add);
    else add(entry.checksum, depth);
  }
}

function addYounger(repo: Repo, tip: Checksum, since: bigint, add: (commit: Checksum, depth: number) => void): void {
  add(tip, 0);
  let parent = repo.hasObject('commit', tip) ? repo.loadCommit(tip).parent : null;
  while (parent !== null && repo.hasObject('commit', parent)) {
    const commit = repo.loadCommit(parent);
    if (commit.timestamp < since) return;
    add(parent, 0);
    parent = commit.parent;
  }
}

function sweep(repo: Repo, reachable: ReachableSet, options: PruneOptions): PruneResult {
  const commitOnly = options.commitOnly ?? false;
  const doomed: LooseObject[] = [];
  let total = 0;
  let freed = 0;
  for (const object of listLooseObjects(repo.path)) {
    options.signal?.throwIfAborted();
    if (object.type === 'commitmeta' || object.type === 'tombstone-commit') continue;
    if (object.type === 'file-xattrs' || object.type === 'file-xattrs-link') continue;
    if (commitOnly && object.type !== 'commit') continue;
    total++;
    if (reachable.has(objectKey(object.type, object.checksum))) continue;
    if (object.type === 'payload-link' && isUsefulPayloadLink(object.path, reachable)) continue;
    doomed.push(object);
    freed += fs.lstatSync(object.path).size;
  }
  if (options.noPrune !== true) deleteObjects(repo, doomed);
  return { total, pruned: doomed.length, freed };
}

/** Commits go first: wherever this is interrupted, a commit that is there has all its objects. */
function deleteObjects(repo: Repo, objects: readonly LooseObject[]): void {
  const tombstone = repo.readConfig().getBoolean('core', 'tombstone-commits') ?? false;
  for (const { type, checksum } of objects) if (type === 'commit') deleteCommit(repo, checksum, { tombstone });
  for (const { type, path } of objects) if (type !== 'commit') fs.unlinkSync(path);
}

function isUsefulPayloadLink(link: string, reachable: ReachableSet): boolean {
  const match = /([0-9a-f]{2})\/([0-9a-f]{62})\.file$/.exec(fs.readlinkSync(link));
  return match !== null && reachable.has(objectKey('file', `${match[1] as string}${match[2] as string}` as Checksum));
}

/** Removes static deltas to commits that are gone. */
function pruneDeltas(repo: Repo): void {
  const base = path.join(repo.path, 'deltas');
  for (const prefix of listIfPresent(base)) {
    for (const name of listIfPresent(path.join(base, prefix))) {
      const delta = parseDeltaPath(`${prefix}/${name}`);
      if (delta === null || repo.hasObject('commit', delta.to)) continue;
      fs.rmSync(path.join(base, prefix, name), { recursive: true });
    }
  }
}

/** Removes cached summaries of remotes that are no longer configured. */
function pruneSummaryCache(repo: Repo): void {
  const base = path.join(repo.path, 'tmp/cache/summaries');
  const known = new Set(repo.keyFile.groups().map((group) => /^remote "(.+)"$/.exec(group)?.[1]));
  for (const name of listIfPresent(base)) {
    if (!known.has(name.replace(/\.sig$/, ''))) fs.rmSync(path.join(base, name), { force: true });
  }
}
