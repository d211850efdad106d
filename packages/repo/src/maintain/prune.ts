import * as fs from 'node:fs';
import { type Checksum, OstError } from '@ost/objects';
import type { Repo } from '../repo.js';
import { refspecOf } from '../refs/list.js';
import { ObjectMarks } from '../tree/object-marks.js';
import { ObjectTable } from '../tree/object-table.js';
import { TreeWalker, type VisitObject } from '../tree/reachable.js';
import { TreeMemory } from '../tree/tree-memory.js';
import { deleteCommit } from './delete-object.js';
import { addLocalObjects } from './local-objects.js';
import { isUsefulPayloadLink } from './payload-links.js';
import { pruneAttributes } from './prune-attributes.js';
import { pruneDeltas, pruneSummaryCache } from './prune-files.js';
import { type PruneRoot, pruneRoots } from './prune-roots.js';
import { RefShares, type RefShare } from './ref-shares.js';

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
  /** Find out what each ref alone keeps, for {@link PruneResult.refs}. @default false */
  readonly refShares?: boolean;
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
  /** With `refShares`, what deleting each ref, and then pruning in the same way, would free beyond that. */
  readonly refs: readonly RefShare[];
}

/**
 * Deletes what no root reaches, under the exclusive lock, so that no writer of ours or libostree's can lose an object
 * that it counts on (repository format, "prune"). What dirtrees refer to is remembered in `tmp/cache`, so that the next
 * prune reads only those that are new.
 */
export async function prune(repo: Repo, options: PruneOptions = {}): Promise<PruneResult> {
  repo.assertWritable();
  const lock = await repo.lock('exclusive', options.signal);
  try {
    const memory = TreeMemory.open(repo);
    let found = findReachable(repo, options, memory);
    // A tree that is remembered but lost: only reading what is there tells whether that is an error.
    if (found.lacksTree()) found = findReachable(repo, options, null);
    const result = sweep(repo, found, options);
    if (options.commitOnly !== true) memory.save(repo, found.table, found.reachableTrees());
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

/** The objects of a repository, and those that are to be kept. */
class Found {
  readonly reached = new ObjectMarks();
  readonly shares = new RefShares();

  constructor(
    readonly repo: Repo,
    readonly table: ObjectTable,
    /** What is in this very repository. */
    readonly local: ObjectMarks,
  ) {}

  /** Numbers of what is here and not reached. */
  *garbage(): Generator<number> {
    for (let index = 0; index < this.table.size; index++) {
      if (this.local.has(index) && !this.reached.has(index)) yield index;
    }
  }

  *reachableTrees(): Generator<number> {
    for (let index = 0; index < this.table.size; index++) {
      if (this.reached.has(index) && this.table.is(index, 'dirtree')) yield index;
    }
  }

  /** True when a dirtree that was reached is not here; with parents, not in them either. */
  lacksTree(): boolean {
    for (let index = 0; index < this.table.size; index++) {
      if (!this.reached.has(index) || this.local.has(index) || !this.table.is(index, 'dirtree')) continue;
      if (!this.repo.hasObject('dirtree', this.table.checksum(index))) return true;
    }
    return false;
  }
}

function findReachable(repo: Repo, options: PruneOptions, memory: TreeMemory | null): Found {
  const { commitOnly = false, signal } = options;
  const table = new ObjectTable(1 << 15);
  const local = addLocalObjects(table, repo, { commitOnly, signal });
  const found = new Found(repo, table, local);
  const walker = new TreeWalker(repo, table, memory);
  const roots = [...pruneRoots(repo, options, localCommits(table, local))];
  const keep: RootWalk = { visit: (index) => found.reached.add(index), walked: new Map() };
  const walk = ({ commit, depth }: PruneRoot, { visit, walked }: RootWalk): void =>
    walker.commit(commit, visit, { depth, commitOnly, signal, walked });
  for (const root of roots) walk(root, keep);
  if (options.refShares !== true) return found;
  const perRef = new Map<string, RootWalk>();
  for (const root of roots) {
    if (root.ref === null) continue;
    const own = perRef.get(root.ref) ?? { visit: found.shares.visitor(root.ref), walked: new Map() };
    perRef.set(root.ref, own);
    walk(root, own);
  }
  return found;
}

interface RootWalk {
  readonly visit: VisitObject;
  readonly walked: Map<number, number>;
}

function* localCommits(table: ObjectTable, local: ObjectMarks): Generator<Checksum> {
  for (let index = 0, end = table.size; index < end; index++) {
    if (local.has(index) && table.is(index, 'commit')) yield table.checksum(index);
  }
}

function sweep(repo: Repo, found: Found, options: PruneOptions): PruneResult {
  const { table, local } = found;
  const path = (index: number): string => repo.store.path(table.type(index), table.checksum(index));
  const size = (index: number): number | null => fs.lstatSync(path(index), { throwIfNoEntry: false })?.size ?? null;
  const reached = (file: Checksum): boolean => found.reached.has(table.find('file', file));
  const doomed: number[] = [];
  let freed = 0;
  for (const index of found.garbage()) {
    options.signal?.throwIfAborted();
    if (table.type(index) === 'payload-link' && isUsefulPayloadLink(repo, path(index), reached)) continue;
    const bytes = size(index);
    if (bytes === null) continue;
    doomed.push(index);
    freed += bytes;
  }
  const refs = found.shares.report((index) => (local.has(index) ? size(index) : null));
  if (options.noPrune !== true) {
    const tombstone = repo.readConfig().getBoolean('core', 'tombstone-commits') ?? false;
    // Commits go first: wherever this is interrupted, a commit that is there has all its objects.
    for (const index of doomed) {
      if (table.type(index) === 'commit') deleteCommit(repo, table.checksum(index), { tombstone });
    }
    for (const index of doomed) if (table.type(index) !== 'commit') fs.unlinkSync(path(index));
    if (repo.mode === 'bare-split-xattrs') pruneAttributes(repo);
  }
  return { total: local.count, pruned: doomed.length, freed, refs };
}
