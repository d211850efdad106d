import { execFileSync } from 'node:child_process';
import { chmodSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a tree on disk. Owners come before modes and attributes, as changing an owner clears some of both.
 *
 * @param {string} root
 * @param {readonly import('./recipe.mjs').Entry[]} entries parents before children
 */
export function plant(root, entries) {
  for (const entry of entries) {
    const path = join(root, entry.path);
    if (entry.kind === 'dir') mkdirSync(path, { recursive: true });
    else if (entry.kind === 'file') writeFileSync(path, entry.content ?? '');
    else symlinkSync(entry.target ?? '', path);
  }
  // Children first: a directory's own mode may not let anybody in.
  for (const entry of entries.toReversed()) {
    const path = join(root, entry.path);
    lchownSync(path, entry.uid ?? 0, entry.gid ?? 0);
    for (const [name, value] of entry.xattrs ?? []) setXattr(path, name, value);
    if (entry.kind !== 'symlink') chmodSync(path, entry.mode ?? 0o644);
  }
}

/**
 * @param {string} path
 * @param {string} name
 * @param {Buffer} value
 */
function setXattr(path, name, value) {
  const args =
    value.length === 0 ? ['-h', '-n', name, path] : ['-h', '-n', name, '-v', `0x${value.toString('hex')}`, path];
  execFileSync('setfattr', args);
}

/**
 * Reads an attribute, without following a symlink.
 *
 * @param {string} path
 * @param {string} name
 */
export function getXattr(path, name) {
  const text = execFileSync('getfattr', ['-h', '--only-values', '-n', name, '--absolute-names', path]);
  return Buffer.from(text);
}
