import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from './random.js';

/** A tree by path: regular files with their mode, or symlinks. */
export type Tree = Map<string, { content: Uint8Array; mode: number } | { target: string }>;

/** A random tree with files of many sizes, empty ones, links and odd modes. */
export function randomTree(random: Random, files: number): Tree {
  const tree: Tree = new Map();
  for (let i = 0; i < files; i++) {
    const path = `${random.pick(['bin', 'lib/a', 'lib/b', 'etc', 'share/doc/x'])}/file${i}.${random.pick(['so.1', 'txt', 'gz', 'xz'])}`;
    const kind = random.below(10);
    if (kind === 0) tree.set(path, { target: random.pick(['../etc/x', 'täglich', 'a b c', 'x'.repeat(200)]) });
    else if (kind === 1) tree.set(path, { content: new Uint8Array(0), mode: 0o644 });
    else
      tree.set(path, { content: random.words(1 + random.below(random.pick([64, 4000, 60000]))), mode: mode(random) });
  }
  tree.set('big/data.bin', { content: random.bytes(400_000), mode: 0o644 });
  tree.set('big/program', { content: random.words(1_500_000), mode: 0o755 });
  return tree;
}

/** The next version of a tree: edits, insertions, removals, renames, new files. */
export function nextTree(random: Random, tree: Tree): Tree {
  const next: Tree = new Map();
  for (const [path, entry] of tree) {
    const kind = random.below(6);
    if ('target' in entry) {
      next.set(path, kind === 0 ? { target: 'elsewhere' } : entry);
    } else if (path === 'big/data.bin') {
      next.set(path, { ...entry, content: insert(entry.content, 250_000, random.bytes(15)) });
    } else if (path === 'big/program') {
      next.set(path, { ...entry, content: scatter(random, entry.content) });
    } else if (kind === 0) {
      next.set(path, {
        ...entry,
        content: insert(entry.content, random.below(entry.content.length + 1), random.bytes(9)),
      });
    } else if (kind === 1) {
      next.set(path, { ...entry, content: scatter(random, entry.content) });
    } else if (kind === 2) {
      next.set(`renamed/${path}`, { ...entry, content: scatter(random, entry.content) });
    } else if (kind !== 3) {
      next.set(path, entry);
    }
  }
  for (let i = 0; i < 5; i++)
    next.set(`new/file${i}`, { content: random.words(random.below(9000)), mode: mode(random) });
  return next;
}

/** Writes a tree to disk. */
export function writeTree(root: string, tree: Tree): void {
  mkdirSync(root, { recursive: true });
  for (const [path, entry] of tree) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if ('target' in entry) symlinkSync(entry.target, full);
    else {
      writeFileSync(full, entry.content);
      chmodSync(full, entry.mode);
    }
  }
}

function mode(random: Random): number {
  return random.pick([0o644, 0o644, 0o755, 0o600, 0o4755]);
}

function insert(bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function scatter(random: Random, bytes: Uint8Array): Uint8Array {
  const out = bytes.slice();
  for (let i = 0; i < out.length; i += 1 + random.below(5000)) out[i] = (out[i] as number) + 1 + random.below(255);
  return random.below(2) === 0 ? insert(out, out.length >> 1, random.bytes(random.below(40))) : out;
}
