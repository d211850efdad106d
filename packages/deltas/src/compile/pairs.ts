import type { Checksum } from '@ost/objects';
import type { CommitTree } from './tree.js';

/** A new file and the old one that it is made from. */
export interface Pair {
  readonly from: Checksum;
  readonly to: Checksum;
}

/** What the choice needs to know of a file. */
export interface FileFacts {
  readonly size: number;
  /** A receiver can read it whoever it runs as: others have the right to. */
  readonly readable: boolean;
}

/** How much larger or smaller the old file may be. libostree takes 1.3, which misses what grew. */
const BAND = 2;
/** Files above this size are not compared: both have to be in memory. */
const MAX_COMPARED = 1_000_000_000;
/** Old files that are looked at for one new file at most; only names like `index.html` have as many. */
const CANDIDATES = 4096;
/** Compressed in a way that leaves nothing in common. */
const HOPELESS = /\.(xz|bz2)$/;

interface Candidate {
  readonly checksum: Checksum;
  readonly path: string;
}

/** An old file that has the right name. */
export interface Namesake {
  readonly from: Checksum;
  /** False if there are others like it, and content should decide. */
  readonly sure: boolean;
}

/**
 * Finds an old file for each new one, by names ("Generation" of the delta format, similar pairs): first those with the
 * same base name, then those whose base names differ in digits only, then those that are equal up to the first dot. Among
 * several the path decides - the same one, else the one whose directories end alike for longest, which finds kernel
 * modules and libraries whose directory carries a version - then the name that begins alike for longest, then the size.
 */
export function pairByName(
  from: CommitTree,
  files: ReadonlyMap<Checksum, readonly string[]>,
  facts: (checksum: Checksum) => FileFacts,
): Map<Checksum, Namesake> {
  const wanted = new Set<string>();
  for (const paths of files.values()) for (const path of paths) for (const key of keysOf(path)) wanted.add(key);
  const index = indexOld(from, wanted);
  const pairs = new Map<Checksum, Namesake>();
  for (const [checksum, paths] of files) {
    if (paths.some((path) => HOPELESS.test(path))) continue;
    const { size } = facts(checksum);
    if (size === 0 || size > MAX_COMPARED) continue;
    const found = bestOf(paths, size, index, facts);
    if (found !== null) pairs.set(checksum, found);
  }
  return pairs;
}

function indexOld(from: CommitTree, wanted: ReadonlySet<string>): Map<string, Candidate[]> {
  const index = new Map<string, Candidate[]>();
  for (const [checksum, paths] of from.files) {
    if (paths.some((path) => HOPELESS.test(path))) continue;
    for (const path of paths) {
      for (const key of keysOf(path)) {
        if (!wanted.has(key)) continue;
        const others = index.get(key);
        if (others === undefined) index.set(key, [{ checksum, path }]);
        else if (others.length < CANDIDATES) others.push({ checksum, path });
      }
    }
  }
  return index;
}

/** What to look a file up by, the most telling first; the kinds of keys differ in their first letter. */
function keysOf(path: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const keys = [`=${name}`];
  const shape = name.replace(/\d+/g, '0');
  if (/[A-Za-z]/.test(shape) && /\d/.test(name)) keys.push(`0${shape}`);
  const dot = name.indexOf('.');
  if (dot > 0) keys.push(`.${name.slice(0, dot)}`);
  return keys;
}

function bestOf(
  paths: readonly string[],
  size: number,
  index: ReadonlyMap<string, readonly Candidate[]>,
  facts: (checksum: Checksum) => FileFacts,
): Namesake | null {
  const keys = paths.map(keysOf);
  for (const kind of '=0.') {
    let best: Checksum | null = null;
    let bestAlike: Alikeness = { path: -1, name: 0, distance: 0 };
    let only = true;
    for (const [i, path] of paths.entries()) {
      const key = keys[i]?.find((one) => one.startsWith(kind));
      for (const { checksum, path: old } of key === undefined ? [] : (index.get(key) ?? [])) {
        const { size: oldSize, readable } = facts(checksum);
        if (!readable || oldSize === 0 || oldSize > size * BAND || size > oldSize * BAND) continue;
        only &&= best === null || best === checksum;
        const end = commonEnd(path, old);
        if (end < bestAlike.path) continue;
        const alike = { path: end, name: commonStart(path, old), distance: Math.abs(oldSize - size) };
        if (!isMoreAlike(alike, bestAlike)) continue;
        best = checksum;
        bestAlike = alike;
      }
    }
    if (best !== null) return { from: best, sure: only || (kind === '=' && bestAlike.path > 0) };
  }
  return null;
}

/** What tells how likely a file has come from another. */
interface Alikeness {
  /** Directories before the name that are equal. */
  readonly path: number;
  /** Characters at the beginning of the name that are equal. */
  readonly name: number;
  /** Between the sizes. */
  readonly distance: number;
}

function isMoreAlike(a: Alikeness, b: Alikeness): boolean {
  return (a.path - b.path || a.name - b.name || b.distance - a.distance) > 0;
}

/** How many characters the base names of two paths begin with alike. */
function commonStart(a: string, b: string): number {
  const [one, other] = [a.lastIndexOf('/') + 1, b.lastIndexOf('/') + 1];
  const most = Math.min(a.length - one, b.length - other);
  let count = 0;
  while (count < most && a[one + count] === b[other + count]) count++;
  return count;
}

/** How many of the last directories of two paths are equal; all of them count twice. */
function commonEnd(a: string, b: string): number {
  const one = a.split('/');
  const other = b.split('/');
  let count = 0;
  while (count + 1 < Math.min(one.length, other.length) && one.at(-2 - count) === other.at(-2 - count)) count++;
  return count === one.length - 1 && count === other.length - 1 ? 2 * count : count;
}
