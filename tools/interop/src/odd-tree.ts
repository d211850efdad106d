import { chmodSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from './scratch.js';
import { setXattr } from './xattrs.js';

/** What a tree may contain; a mode of repository that cannot keep it gets a tamer one. */
export interface OddTreeOptions {
  /** Set-id and sticky bits and files that nobody may read (default: yes). */
  readonly modes?: boolean;
  /** Extended attributes (default: yes). */
  readonly xattrs?: boolean;
  /** A file of more than 8 MiB and a directory of more than 300 entries (default: no). */
  readonly large?: boolean;
}

/** Bytes that do not compress well and are the same in every run. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}

const NAMES = [
  'ascii',
  'ümläut',
  '日本語',
  '🙂',
  'with space',
  "quo'te",
  'back\\slash',
  'new\nline',
  '-dash',
  '.hidden',
];

function plainPart(root: string): void {
  for (const dir of ['empty', 'sub/deep/deeper', 'names', 'links']) mkdirSync(join(root, dir), { recursive: true });
  writeFileSync(join(root, 'hello'), 'hello, world\n');
  writeFileSync(join(root, 'sub/same-as-hello'), 'hello, world\n');
  writeFileSync(join(root, 'nothing'), '');
  writeFileSync(join(root, 'sub/deep/zeroes'), new Uint8Array(70_000));
  writeFileSync(join(root, 'sub/deep/deeper/noise'), noise(100_001));
  writeFileSync(join(root, 'script'), '#!/bin/sh\necho hi\n');
  chmodSync(join(root, 'script'), 0o755);
  for (const [i, name] of NAMES.entries()) writeFileSync(join(root, 'names', name), `${i}\n`);
  for (const [i, name] of NAMES.entries()) mkdirSync(join(root, 'names', `dir-${i}-${name}`));
  symlinkSync('../hello', join(root, 'links/good'));
  symlinkSync('/no/such/place', join(root, 'links/dangling'));
  symlinkSync('loop', join(root, 'links/loop'));
  symlinkSync('names/日本語', join(root, 'links/ünicode'));
  symlinkSync('x'.repeat(1000), join(root, 'links/long'));
}

function modesPart(root: string): void {
  mkdirSync(join(root, 'modes'));
  for (const mode of [0o000, 0o400, 0o111, 0o4755, 0o2755, 0o6711, 0o1644, 0o777, 0o7777]) {
    const path = join(root, 'modes', `file-${mode.toString(8)}`);
    writeFileSync(path, `mode ${mode}\n`);
    // An ordinary user could not commit what it may not read.
    chmodSync(path, isRoot ? mode : mode | 0o400);
  }
  for (const mode of [0o700, 0o1777, 0o2775, 0o711]) {
    mkdirSync(join(root, 'modes', `dir-${mode.toString(8)}`));
    chmodSync(join(root, 'modes', `dir-${mode.toString(8)}`), mode);
  }
  if (!isRoot) return;
  writeFileSync(join(root, 'modes/owned'), 'by someone else\n');
  lchownSync(join(root, 'modes/owned'), 1000, 2000);
  symlinkSync('owned', join(root, 'modes/owned-link'));
  lchownSync(join(root, 'modes/owned-link'), 12, 0xffff_fffe);
  mkdirSync(join(root, 'modes/owned-dir'));
  lchownSync(join(root, 'modes/owned-dir'), 0, 5);
}

function xattrsPart(root: string): void {
  mkdirSync(join(root, 'xattrs/dir'), { recursive: true });
  const file = join(root, 'xattrs/file');
  writeFileSync(file, 'has attributes\n');
  setXattr(file, 'user.zzz', Buffer.from('last'));
  setXattr(file, 'user.binary', Uint8Array.from([0, 1, 2, 255, 254, 0]));
  setXattr(file, 'user.ümlaut', Buffer.from('ü'));
  setXattr(file, 'user.long', noise(1500, 7));
  setXattr(join(root, 'xattrs/dir'), 'user.on-a-dir', Buffer.from('value\0'));
  writeFileSync(join(root, 'xattrs/empty-value'), 'e\n');
  setXattr(join(root, 'xattrs/empty-value'), 'user.empty', new Uint8Array());
  if (!isRoot) return;
  symlinkSync('file', join(root, 'xattrs/link'));
  setXattr(join(root, 'xattrs/link'), 'trusted.on-a-link', Buffer.from('t'));
}

function largePart(root: string): void {
  mkdirSync(join(root, 'many'));
  for (let i = 0; i < 320; i++) writeFileSync(join(root, 'many', `entry-${(i * 7919) % 1000}-${i}`), `${i % 50}\n`);
  writeFileSync(join(root, 'large'), noise(9 * 1024 * 1024 + 17, 3));
}

/** Makes a tree with everything that is unusual but allowed. */
export function oddTree(root: string, options: OddTreeOptions = {}): string {
  mkdirSync(root, { recursive: true });
  chmodSync(root, 0o755);
  plainPart(root);
  if (options.modes !== false) modesPart(root);
  if (options.xattrs !== false) xattrsPart(root);
  if (options.large === true) largePart(root);
  return root;
}
