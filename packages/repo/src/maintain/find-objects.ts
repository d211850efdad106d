import type { Checksum } from '@ost/objects';
import type { Repo } from '../repo.js';
import { ObjectMarks } from '../tree/object-marks.js';
import { ObjectTable } from '../tree/object-table.js';
import { TreeWalker, type VisitObject } from '../tree/reachable.js';
import { TreeMemory } from '../tree/tree-memory.js';
import type { ListingMemory, Walk } from './listing-memory.js';
import { addLocalObjects, addNewObjects } from './local-objects.js';
import { newCommits } from './new-commits.js';
import type { PruneOptions } from './prune.js';
import { type PruneRoot, pruneRoots } from './prune-roots.js';
import { RefShares } from './ref-shares.js';

/** The objects of a repository, and those of them that are to be kept. */
export class Found {
  readonly reached: ObjectMarks = new ObjectMarks();
  readonly shares: RefShares = new RefShares();

  constructor(
    readonly repo: Repo,
    readonly table: ObjectTable,
    /** What is in this very repository. */
    readonly local: ObjectMarks,
    /** What is there as well and is kept as a whole, without a number in the table. */
    private readonly others: ListingMemory | null = null,
  ) {}

  /** How many objects there are. */
  get total(): number {
    return this.local.count + (this.others?.size ?? 0);
  }

  /** True for a file that is kept. */
  keeps(file: Checksum): boolean {
    return this.reached.has(this.table.find('file', file)) || (this.others?.has('file', file) ?? false);
  }

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

  /** The walk from these roots, if it reached just what is here; null otherwise: what completes it later must be found. */
  wholeWalk(roots: readonly PruneRoot[]): Walk | null {
    const { table, local, reached, others } = this;
    const ends: Checksum[] = [];
    for (let index = 0; index < table.size; index++) {
      if (local.has(index) ? reached.has(index) : others?.has(table.type(index), table.checksum(index))) continue;
      // A commit that is in the table, but not here, was looked for.
      if (local.has(index) || !table.is(index, 'commit')) return null;
      ends.push(table.checksum(index));
    }
    return { roots: roots.map(({ commit, depth }) => [commit, depth]), ends };
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

/** Walks everything that is to be kept, and remembers it. */
export function findAll(repo: Repo, options: PruneOptions, listed: ListingMemory | null): Found {
  const memory = TreeMemory.open(repo);
  let found = findReachable(repo, options, listed, memory);
  // A tree that is remembered but lost: only reading what is there tells whether that is an error.
  if (found.lacksTree()) found = findReachable(repo, options, listed, null);
  if (options.commitOnly !== true) memory.save(repo, found.table, found.reachableTrees());
  return found;
}

function findReachable(
  repo: Repo,
  options: PruneOptions,
  listed: ListingMemory | null,
  memory: TreeMemory | null,
): Found {
  const { commitOnly = false, signal } = options;
  const table = new ObjectTable(1 << 15);
  const { marks, listings } = addLocalObjects(table, repo, listed, { commitOnly, signal });
  const found = new Found(repo, table, marks);
  const walker = new TreeWalker(repo, table, memory);
  const roots = [...pruneRoots(repo, options, commitsOf(table, table.size))];
  const keep: RootWalk = { visit: (index) => found.reached.add(index), walked: new Map() };
  const walk = ({ commit, depth }: PruneRoot, { visit, walked }: RootWalk): void =>
    walker.commit(commit, visit, { depth, commitOnly, signal, walked });
  for (const root of roots) walk(root, keep);
  listed?.save(repo, table, listings, found.wholeWalk(roots));
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

/** The commits among the first objects of a table. */
function* commitsOf(table: ObjectTable, end: number): Generator<Checksum> {
  for (let index = 0; index < end; index++) if (table.is(index, 'commit')) yield table.checksum(index);
}

/**
 * Finds what has come since all objects were known to be kept. That needs a look at the directories that have changed, the
 * commits that are new, and those of their directories that are new: what an old one holds is old and is kept.
 * @returns null when it is not known, or when something that was kept then may go now, or is gone
 */
export function findNew(repo: Repo, options: PruneOptions, listed: ListingMemory): Found | null {
  const { walk } = listed;
  if (walk === null || options.refShares === true) return null;
  if (walk.ends.some((commit) => repo.hasObject('commit', commit))) return null;
  const table = new ObjectTable();
  const changed = addNewObjects(table, repo, listed);
  if (changed === null) return null;
  const found = new Found(repo, table, ObjectMarks.first(table.size), listed);
  const roots = [...pruneRoots(repo, options, [...listed.commits(), ...commitsOf(table, table.size)])];
  const commits = newCommits(repo, roots, walk, listed);
  if (commits === null) return null;
  const walker = new TreeWalker(repo, table, null);
  const keep: VisitObject = (index) =>
    found.reached.add(index) && !(table.is(index, 'dirtree') && listed.has('dirtree', table.checksum(index)));
  for (const [commit, tree] of commits.trees) {
    options.signal?.throwIfAborted();
    keep(table.addChecksum('commit', commit));
    walker.tree(commit, tree, keep);
  }
  const whole = changed > MUCH ? found.wholeWalk(roots) : null;
  if (whole !== null) {
    rememberNew(found, listed, { ...whole, ends: [...walk.ends, ...commits.ends, ...whole.ends] });
  }
  return found;
}

/** When so large a share of the directories has changed, to write down all of them costs less than to list these each time. */
const MUCH = 1 / 12;

/** Remembers what has come since all objects were known to be kept, and is kept, too. */
function rememberNew({ repo, total }: Found, listed: ListingMemory, walk: Walk): void {
  const table = new ObjectTable(1 << 15);
  const { listings } = addLocalObjects(table, repo, listed);
  // Not when something has come meanwhile, which nobody has looked at.
  if (table.size === total) listed.save(repo, table, listings, walk);
}
