import {
  type Checksum,
  type DirTreeLayout,
  isOstError,
  type ObjectType,
  OstError,
  parseCommit,
  scanDirTree,
} from '@ost/objects';
import type { Repo } from '../repo.js';
import type { ObjectTable } from './object-table.js';
import type { TreeMemory } from './tree-memory.js';

/** A directory of a commit, by its two objects. */
interface Directory {
  readonly contents: Checksum;
  readonly meta: Checksum;
}

/** Told of an object's number; returns false to leave what is below it alone. */
export type VisitObject = (index: number) => boolean;

/**
 * Walks what commits hold, numbering every object in a table. Directories are read for the checksums in them only: their
 * framing is checked, their names are not.
 */
export class TreeWalker {
  #spans: Int32Array = new Int32Array(1024);

  constructor(
    private readonly repo: Repo,
    readonly table: ObjectTable,
    /** Saves reading dirtrees that earlier walks have read; without it all are read from the store's files. */
    private readonly memory: TreeMemory | null = null,
    /** Told of each dirtree that is read and well framed, before what is below it is visited. */
    private readonly onRead: ((index: number, bytes: Uint8Array, layout: DirTreeLayout) => void) | null = null,
  ) {}

  /**
   * Walks everything that a directory holds.
   * @param unreadable called for a dirtree that is not there, or malformed; throw or ignore
   * @param maxDepth how deep directories may be nested, for trees that nobody has looked at yet
   * @throws OstError `limit` where they are nested deeper
   */
  directory(
    { contents, meta }: Directory,
    visit: VisitObject,
    unreadable: (error: OstError) => void,
    maxDepth: number = Infinity,
  ): void {
    const { table } = this;
    visit(table.addChecksum('dirmeta', meta));
    const root = table.addChecksum('dirtree', contents);
    const pending = visit(root) ? [root] : [];
    /** How deep each of these is. */
    const depths = [0];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const depth = depths.pop() as number;
      if (depth > maxDepth) throw new OstError('limit', `Tree is nested deeper than ${maxDepth}`);
      try {
        this.#children(next, pending, visit);
      } catch (error) {
        if (!isOstError(error)) throw error;
        unreadable(error);
      }
      while (depths.length < pending.length) depths.push(depth + 1);
    }
  }

  /**
   * Walks a commit, the parents that `depth` allows (-1: all), and all that they hold. A missing parent ends the walk;
   * commits that are marked partial may lack directories (repository format, "prune").
   */
  commit(commit: Checksum, visit: VisitObject, options: ReachableOptions): void {
    const { repo, table } = this;
    const { walked = new Map<number, number>() } = options;
    let left = options.depth === -1 ? Infinity : Math.max(0, options.depth);
    for (let current: Checksum | null = commit; current !== null && left >= 0; left--) {
      options.signal?.throwIfAborted();
      const index = table.addChecksum('commit', current);
      const before = walked.get(index);
      if (before !== undefined && before >= left) return;
      const bytes = repo.store.readMetadataIfPresent('commit', current);
      if (bytes === null) return;
      const { contents, meta, parent } = parseCommit(bytes);
      if (before === undefined) {
        visit(index);
        if (options.commitOnly !== true) this.tree(current, { contents, meta }, visit);
      }
      walked.set(index, left);
      current = parent;
    }
  }

  /** Walks the tree of a commit, which may lack directories if it is marked partial. */
  tree(commit: Checksum, root: Directory, visit: VisitObject): void {
    this.directory(root, visit, (error) => {
      if (error.code !== 'not-found' || this.repo.partialState(commit) === 'complete') throw error;
    });
  }

  #children(dirtree: number, pending: number[], visit: VisitObject): void {
    const { table, memory } = this;
    const known = memory?.recall(table, dirtree) ?? null;
    if (known !== null) {
      const { words, fileCount, dirCount } = known;
      let { start } = known;
      for (let i = 0; i < fileCount; i++, start += 8) visit(table.addWords('file', words, start));
      for (let i = 0; i < dirCount; i++, start += 16) {
        visit(table.addWords('dirmeta', words, start + 8));
        const index = table.addWords('dirtree', words, start);
        if (visit(index)) pending.push(index);
      }
      return;
    }
    const checksum = table.checksum(dirtree);
    const { store } = this.repo;
    // Without a memory, what is on disk is what counts.
    const bytes = memory === null ? store.viewMetadata('dirtree', checksum) : store.viewDirTree(checksum);
    const layout = scanDirTree(bytes, this.#spans);
    this.onRead?.(dirtree, bytes, layout);
    const { fileCount, dirCount, spans } = layout;
    this.#spans = spans;
    for (let i = 0; i < fileCount; i++) visit(table.add('file', bytes, (spans[2 * i + 1] as number) + 1));
    for (let i = fileCount; i < fileCount + dirCount; i++) {
      const at = (spans[2 * i + 1] as number) + 1;
      visit(table.add('dirmeta', bytes, at + 32));
      const index = table.add('dirtree', bytes, at);
      if (visit(index)) pending.push(index);
    }
    memory?.learn(checksum, bytes, layout);
  }
}

/** Options of a walk over commits. */
export interface ReachableOptions {
  /** Parents to follow: -1 all, 0 or any other negative number none. */
  readonly depth: number;
  /**
   * How many parents of each numbered commit have been followed; pass the same map with the same visitor, and what was
   * walked from one root is not walked again from another.
   */
  readonly walked?: Map<number, number>;
  /** Only commits, not their trees. */
  readonly commitOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Told of every object by name; returns false to leave what is below it alone. */
export type Visit = (type: ObjectType, checksum: Checksum) => boolean;

/**
 * Walks everything that a directory holds, by names: for callers that do something with each object.
 * @param missing called for a dirtree that is not there; throw or ignore
 */
export function walkDirectory(repo: Repo, directory: Directory, visit: Visit, missing: (error: unknown) => void): void {
  visit('dirmeta', directory.meta);
  if (!visit('dirtree', directory.contents)) return;
  let tree: ReturnType<Repo['loadDirTree']>;
  try {
    tree = repo.loadDirTree(directory.contents);
  } catch (error) {
    if (!isOstError(error) || error.code !== 'not-found') throw error;
    missing(error);
    return;
  }
  for (const { checksum } of tree.files) visit('file', checksum);
  for (const dir of tree.dirs) walkDirectory(repo, dir, visit, missing);
}
