import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, compareNames, encodeDirMeta, encodeFileHeader } from '@ost/objects';
import { nodeHash } from '../platform/hash.js';
import { withIoError } from '../platform/fs-errors.js';
import type { Repo } from '../repo.js';
import { readXattrs } from '../store/xattrs.js';

/** A directory that can be compared: of a commit, or of the file system. */
export interface DiffDirectory {
  /** Checksum of everything below, when it is known without work; equal ones are not entered. */
  readonly contents: Checksum | null;
  /** Files by name, sorted; the checksum is computed on demand. */
  files(): readonly { readonly name: string; readonly checksum: () => Checksum }[];
  /** Subdirectories by name, sorted. */
  dirs(): readonly { readonly name: string; readonly meta: () => Checksum; readonly tree: DiffDirectory }[];
}

/** Differences between two trees, each list in the order of the walk. Paths start with `/`. */
export interface TreeDiff {
  readonly modified: readonly string[];
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A directory of a commit. */
export function commitDirectory(repo: Repo, contents: Checksum): DiffDirectory {
  const load = (): ReturnType<Repo['loadDirTree']> => repo.loadDirTree(contents);
  return {
    contents,
    files: () => load().files.map(({ name, checksum }) => ({ name, checksum: () => checksum })),
    dirs: () => load().dirs.map((d) => ({ name: d.name, meta: () => d.meta, tree: commitDirectory(repo, d.contents) })),
  };
}

/** Which of a local file's attributes take part in the comparison. */
export interface LocalDiffOptions {
  readonly noXattrs?: boolean;
  readonly ownerUid?: number;
  readonly ownerGid?: number;
}

/** A directory of the file system, hashed as a commit would hash it. */
export function localDirectory(directory: string, options: LocalDiffOptions): DiffDirectory {
  const entries = (): fs.Dirent[] =>
    withIoError(`opendir(${directory})`, () => fs.readdirSync(directory, { withFileTypes: true })).sort((a, b) =>
      compareNames(a.name, b.name),
    );
  return {
    contents: null,
    files: () =>
      entries()
        .filter((e) => !e.isDirectory())
        .map(({ name }) => ({ name, checksum: () => checksumOfPath(path.join(directory, name), options) })),
    dirs: () =>
      entries()
        .filter((e) => e.isDirectory())
        .map(({ name }) => {
          const child = path.join(directory, name);
          return { name, meta: () => checksumOfPath(child, options), tree: localDirectory(child, options) };
        }),
  };
}

/**
 * Checksum that a local file, symlink or directory's metadata would have as an object.
 * @throws OstError `not-found`, `io`
 */
export function checksumOfPath(file: string, options: LocalDiffOptions = {}): Checksum {
  const stat = withIoError(`fstatat(${file})`, () => fs.lstatSync(file));
  const xattrs = options.noXattrs === true ? [] : readXattrs(file);
  const uid = options.ownerUid ?? stat.uid;
  const gid = options.ownerGid ?? stat.gid;
  if (stat.isDirectory()) return nodeHash.sha256(encodeDirMeta({ uid, gid, mode: stat.mode, xattrs }));
  const symlinkTarget = stat.isSymbolicLink() ? fs.readlinkSync(file) : '';
  const hasher = nodeHash.create();
  const mode = stat.isSymbolicLink() ? 0o120777 : stat.mode;
  hasher.update(encodeFileHeader({ uid, gid, mode, symlinkTarget, xattrs }));
  if (stat.isFile()) {
    const fd = withIoError(`openat(${file})`, () => fs.openSync(file, 'r'));
    try {
      const chunk = Buffer.allocUnsafe(1 << 20);
      for (let n = fs.readSync(fd, chunk); n > 0; n = fs.readSync(fd, chunk)) hasher.update(chunk.subarray(0, n));
    } finally {
      fs.closeSync(fd);
    }
  }
  return hasher.digest();
}

/** Compares two trees (repository format, "diff"): files of a directory first, then its subdirectories. */
export function diffTrees(from: DiffDirectory, to: DiffDirectory): TreeDiff {
  const diff = { modified: [] as string[], removed: [] as string[], added: [] as string[] };
  compare(from, to, '', diff);
  return diff;
}

type MutableDiff = { modified: string[]; removed: string[]; added: string[] };

function compare(from: DiffDirectory, to: DiffDirectory, prefix: string, diff: MutableDiff): void {
  if (from.contents !== null && from.contents === to.contents) return;
  const toFiles = new Map(to.files().map((f) => [f.name, f]));
  const toDirs = new Map(to.dirs().map((d) => [d.name, d]));
  const fromFiles = from.files();
  const fromDirs = from.dirs();
  for (const file of fromFiles) {
    const other = toFiles.get(file.name);
    if (other === undefined) (toDirs.has(file.name) ? diff.modified : diff.removed).push(`${prefix}/${file.name}`);
    else if (file.checksum() !== other.checksum()) diff.modified.push(`${prefix}/${file.name}`);
  }
  for (const dir of fromDirs) {
    const name = `${prefix}/${dir.name}`;
    const other = toDirs.get(dir.name);
    if (other === undefined) (toFiles.has(dir.name) ? diff.modified : diff.removed).push(name);
    else {
      if (dir.meta() !== other.meta()) diff.modified.push(name);
      compare(dir.tree, other.tree, name, diff);
    }
  }
  const known = new Set([...fromFiles, ...fromDirs].map((e) => e.name));
  for (const name of toFiles.keys()) if (!known.has(name)) diff.added.push(`${prefix}/${name}`);
  for (const [name, dir] of toDirs) {
    if (known.has(name)) continue;
    diff.added.push(`${prefix}/${name}`);
    addAll(dir.tree, `${prefix}/${name}`, diff);
  }
}

function addAll(tree: DiffDirectory, prefix: string, diff: MutableDiff): void {
  for (const { name } of tree.files()) diff.added.push(`${prefix}/${name}`);
  for (const { name, tree: child } of tree.dirs()) {
    diff.added.push(`${prefix}/${name}`);
    addAll(child, `${prefix}/${name}`, diff);
  }
}
