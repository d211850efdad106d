import * as fs from 'node:fs';
import { type Checksum, OstError } from '@ost/objects';
import type { Repo } from '../repo.js';
import { refspecOf } from '../refs/list.js';
import { deleteCommit } from './delete-object.js';
import { findAll, findNew, type Found } from './find-objects.js';
import { ListingMemory } from './listing-memory.js';
import { isUsefulPayloadLink } from './payload-links.js';
import { pruneAttributes } from './prune-attributes.js';
import { pruneDeltas, pruneSummaryCache } from './prune-files.js';
import type { RefShare } from './ref-shares.js';

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
 * that it counts on (repository format, "prune"). What is there and what dirtrees refer to is remembered in `tmp/cache`, so
 * that the next prune that keeps more looks only at what has come, and any other reads only dirtrees that are new.
 */
export async function prune(repo: Repo, options: PruneOptions = {}): Promise<PruneResult> {
  repo.assertWritable();
  const lock = await repo.lock('exclusive', options.signal);
  try {
    const listed = options.commitOnly === true ? null : ListingMemory.open(repo);
    const found = (listed && findNew(repo, options, listed)) ?? findAll(repo, options, listed);
    const result = sweep(repo, found, options);
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

function sweep(repo: Repo, found: Found, options: PruneOptions): PruneResult {
  const { table, local } = found;
  const path = (index: number): string => repo.store.path(table.type(index), table.checksum(index));
  const size = (index: number): number | null => fs.lstatSync(path(index), { throwIfNoEntry: false })?.size ?? null;
  const doomed: number[] = [];
  let freed = 0;
  for (const index of found.garbage()) {
    options.signal?.throwIfAborted();
    if (table.type(index) === 'payload-link' && isUsefulPayloadLink(repo, path(index), (file) => found.keeps(file)))
      continue;
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
  return { total: found.total, pruned: doomed.length, freed, refs };
}
