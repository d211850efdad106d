import * as fs from 'node:fs';
import { type Checksum, type ObjectType, OstError } from '@ost/objects';
import { isAbsent } from '../platform/fs-errors.js';
import { refspecOf } from '../refs/list.js';
import type { Repo } from '../repo.js';
import { type DirectoryEntry, lookupPath, type TreeEntry } from '../tree/lookup.js';
import { ObjectMarks } from '../tree/object-marks.js';
import { ObjectTable } from '../tree/object-table.js';
import { TreeWalker, type VisitObject } from '../tree/reachable.js';
import { TreeMemory } from '../tree/tree-memory.js';

/** What one ref or path costs on disk. */
export interface DiskUsage {
  /** A refspec, `(COLLECTION, REF)`, or a path from `/`. */
  readonly name: string;
  /** Objects that it needs. An object that it needs several times counts once. */
  readonly objects: number;
  /** Their size on disk in bytes. */
  readonly size: number;
  /** Those of them that nothing else needs, and that would go with it. */
  readonly ownObjects: number;
  readonly ownSize: number;
}

/** What several things cost, each by itself and together. */
export interface DiskUsageReport {
  readonly entries: readonly DiskUsage[];
  readonly total: { readonly objects: number; readonly size: number };
}

const SEVERAL = -1;

/** Walks what is to be measured, and remembers who needs what. */
class Meter {
  readonly #table = new ObjectTable();
  readonly #walker: TreeWalker;
  readonly #groups: { readonly name: string | null; readonly marks: ObjectMarks }[] = [];
  /** Of each numbered object the group that needs it, from 1. */
  readonly #owners: number[] = [];

  constructor(private readonly repo: Repo) {
    this.#walker = new TreeWalker(repo, this.#table, TreeMemory.open(repo));
  }

  /** Measures what a walk visits; without a name it only counts as somebody else who needs it. */
  group(name: string | null, walk: (walker: TreeWalker, visit: VisitObject, table: ObjectTable) => void): void {
    const marks = new ObjectMarks();
    const group = this.#groups.push({ name, marks });
    const visit = (index: number): boolean => {
      if (!marks.add(index)) return false;
      const owner = this.#owners[index];
      this.#owners[index] = owner === undefined || owner === group ? group : SEVERAL;
      return true;
    };
    walk(this.#walker, visit, this.#table);
  }

  report(): DiskUsageReport {
    const named = this.#groups.filter((group) => group.name !== null);
    const sums = new Map(named.map(({ name, marks }) => [marks, { name, objects: 0, size: 0, own: 0, ownSize: 0 }]));
    const total = { objects: 0, size: 0 };
    for (let index = 0; index < this.#table.size; index++) {
      const holders = named.filter(({ marks }) => marks.has(index));
      const size = holders.length === 0 ? null : this.#size(index);
      if (size === null) continue;
      total.objects++;
      total.size += size;
      for (const { marks } of holders) {
        const sum = sums.get(marks) as { objects: number; size: number; own: number; ownSize: number };
        sum.objects++;
        sum.size += size;
        if (this.#owners[index] === SEVERAL) continue;
        sum.own++;
        sum.ownSize += size;
      }
    }
    const entries = [...sums.values()].map(({ name, objects, size, own, ownSize }) => {
      return { name: name as string, objects, size, ownObjects: own, ownSize };
    });
    return { entries, total };
  }

  /** Bytes on disk; null when it is not here, as may be in a partial commit. */
  #size(index: number): number | null {
    const { store } = this.repo;
    const [type, checksum] = [this.#table.type(index), this.#table.checksum(index)];
    try {
      return fs.lstatSync(store.path(type, checksum)).size;
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    const found = store.find(type, checksum);
    return found === null ? null : fs.lstatSync(found.path).size;
  }
}

interface RefTip {
  readonly name: string;
  readonly checksum: Checksum;
}

/** All refs; an alias goes with the one that it stands for. */
function refTips(repo: Repo): RefTip[] {
  const own = repo.listRefs().filter((entry) => entry.alias === null);
  return [
    ...own.map((entry) => ({ name: refspecOf(entry), checksum: entry.checksum })),
    ...repo.listMirrorRefs().map(({ collection, name, checksum }) => ({ name: `(${collection}, ${name})`, checksum })),
  ];
}

/** What each ref needs, with its whole history, and how much of that no other ref needs. */
export function refUsage(repo: Repo, options: { readonly signal?: AbortSignal } = {}): DiskUsageReport {
  const meter = new Meter(repo);
  for (const { name, checksum } of refTips(repo)) {
    meter.group(name, (walker, visit) => walker.commit(checksum, visit, { depth: -1, signal: options.signal }));
  }
  return meter.report();
}

/**
 * What each entry of a directory of a commit needs, and how much of that nothing else does: no other entry, no other
 * part of the commit, and no other commit that a ref leads to.
 * @throws OstError `not-found` when there is no such path
 */
export function pathUsage(
  repo: Repo,
  commit: Checksum,
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): DiskUsageReport {
  const root = repo.loadCommit(commit);
  const names = path.split('/').filter((name) => name !== '');
  const found = lookupPath(repo, root, path);
  if (found === null) throw new OstError('not-found', `No such file or directory: ${path}`, { data: { path } });
  const meter = new Meter(repo);
  const unreadable = (error: OstError): void => {
    if (error.code !== 'not-found' || repo.partialState(commit) === 'complete') throw error;
  };
  const measure = (name: string | null, entry: TreeEntry): void =>
    meter.group(name, (walker, visit, table) => {
      if (entry.type === 'directory') walker.directory(entry, visit, unreadable);
      else visit(table.addChecksum('file', entry.checksum));
    });
  const only = (type: ObjectType, checksum: Checksum): void =>
    meter.group(null, (_, visit, table) => void visit(table.addChecksum(type, checksum)));

  // Down to the directory, each one's other entries are the rest of the commit.
  only('commit', commit);
  let here: DirectoryEntry = root;
  for (const step of found.type === 'file' ? names.slice(0, -1) : names) {
    only('dirtree', here.contents);
    only('dirmeta', here.meta);
    const entries = entriesOf(repo, here);
    for (const [name, entry] of entries) if (name !== step) measure(null, entry);
    here = entries.get(step) as DirectoryEntry & TreeEntry;
  }
  only('dirtree', here.contents);
  only('dirmeta', here.meta);
  const wanted = found.type === 'file' ? names.at(-1) : undefined;
  const prefix = `/${(wanted === undefined ? names : names.slice(0, -1)).join('/')}`.replace(/\/$/, '');
  for (const [name, entry] of entriesOf(repo, here)) {
    measure(wanted === undefined || name === wanted ? `${prefix}/${name}` : null, entry);
  }
  meter.group(null, (walker, visit, table) => {
    const walked = new Map([[table.addChecksum('commit', commit), Infinity]]);
    const others = [root.parent, ...refTips(repo).map((tip) => tip.checksum)];
    for (const tip of others)
      if (tip !== null) walker.commit(tip, visit, { depth: -1, signal: options.signal, walked });
  });
  return meter.report();
}

function entriesOf(repo: Repo, directory: DirectoryEntry): Map<string, TreeEntry> {
  const { files, dirs } = repo.loadDirTree(directory.contents);
  const entries = new Map<string, TreeEntry>();
  for (const { name, checksum } of files) entries.set(name, { type: 'file', checksum });
  for (const { name, contents, meta } of dirs) entries.set(name, { type: 'directory', contents, meta });
  return entries;
}
