import * as fs from 'node:fs';
import { below } from '../files/copy.js';

/** What changed between two directories; paths are bytes relative to both, and a directory comes before its content. */
export interface EtcDiff {
  readonly modified: readonly Buffer[];
  readonly removed: readonly Buffer[];
  readonly added: readonly Buffer[];
}

const S_IFMT = 0o170000;

/**
 * Compares a directory with its changed copy, as the `/etc` merge and `config-diff` see it: an entry is modified when
 * its type, content, target, owner or mode differ. Extended attributes and times do not count. A removed directory
 * is one entry, an added one is an entry and all its descendants.
 */
export function diffDirectories(original: string | Buffer, changed: string | Buffer): EtcDiff {
  const diff = { modified: [] as Buffer[], removed: [] as Buffer[], added: [] as Buffer[] };
  compare(toBytes(original), toBytes(changed), null, diff);
  return diff;
}

interface Collected {
  modified: Buffer[];
  removed: Buffer[];
  added: Buffer[];
}

function toBytes(path: string | Buffer): Buffer {
  return typeof path === 'string' ? Buffer.from(path) : path;
}

function namesIn(dir: Buffer): Buffer[] {
  return fs.readdirSync(dir, { encoding: 'buffer' }).sort((a, b) => a.compare(b));
}

function compare(original: Buffer, changed: Buffer, at: Buffer | null, diff: Collected): void {
  const known = new Set<string>();
  for (const name of namesIn(original)) {
    known.add(name.toString('latin1'));
    const [before, after] = [below(original, name), below(changed, name)];
    const path = at === null ? name : below(at, name);
    const now = fs.lstatSync(after, { throwIfNoEntry: false });
    if (now === undefined) {
      diff.removed.push(path);
      continue;
    }
    const then = fs.lstatSync(before);
    const sameType = (then.mode & S_IFMT) === (now.mode & S_IFMT);
    if (!sameType || !sameEntry(before, then, after, now)) diff.modified.push(path);
    if (sameType && then.isDirectory()) compare(before, after, path, diff);
  }
  for (const name of namesIn(changed)) {
    if (!known.has(name.toString('latin1')))
      collect(below(changed, name), at === null ? name : below(at, name), diff.added);
  }
}

function collect(from: Buffer, path: Buffer, into: Buffer[]): void {
  into.push(path);
  if (!fs.lstatSync(from).isDirectory()) return;
  for (const name of namesIn(from)) collect(below(from, name), below(path, name), into);
}

function sameEntry(before: Buffer, then: fs.Stats, after: Buffer, now: fs.Stats): boolean {
  if (then.uid !== now.uid || then.gid !== now.gid) return false;
  if (then.isSymbolicLink()) {
    return fs.readlinkSync(before, { encoding: 'buffer' }).equals(fs.readlinkSync(after, { encoding: 'buffer' }));
  }
  if (then.mode !== now.mode) return false;
  if (!then.isFile()) return true;
  if (then.dev === now.dev && then.ino === now.ino) return true;
  return then.size === now.size && sameContent(before, after, then.size);
}

/** Compares two files of the same size. */
function sameContent(a: Buffer, b: Buffer, size: number): boolean {
  const left = fs.openSync(a, 'r');
  try {
    const right = fs.openSync(b, 'r');
    try {
      // No larger than the file: there are hundreds, nearly all of them small.
      const length = Math.min(size, 1 << 16);
      const [one, two] = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)];
      for (let done = 0; done < size; ) {
        const count = fs.readSync(left, one);
        if (count === 0 || fs.readSync(right, two) !== count) return false;
        if (one.compare(two, 0, count, 0, count) !== 0) return false;
        done += count;
      }
      return true;
    } finally {
      fs.closeSync(right);
    }
  } finally {
    fs.closeSync(left);
  }
}
