import * as fs from 'node:fs';
import { join } from 'node:path';
import { lsetxattr } from '@ost/linux';
import { isRoot, write } from './scratch.js';

/** Options of {@link makeTree}. */
export interface TreeOptions {
  /** Add a file of more than 8 MiB, which is streamed. @default false */
  readonly large?: boolean;
  /** Entries of the directory `many`. @default 20 */
  readonly many?: number;
  /** Only modes that every repository mode can hold, no xattrs, no foreign owners. @default false */
  readonly plain?: boolean;
}

/** Content that does not repeat soon, and is the same in every run. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Makes a directory with everything that a commit can hold. */
export function makeTree(root: string, options: TreeOptions = {}): string {
  write(root, {
    'etc/os-release': 'NAME=Test\n',
    'etc/empty': '',
    'usr/bin/tool': '#!/bin/sh\nexit 0\n',
    'usr/bin/alias': '-> tool',
    'usr/dangling': '-> ../nowhere/at all',
    'usr/lib/libä-ß-日本語-🦀.so': noise(5000),
    'usr/lib/name with spaces; and $(signs)': 'x',
    'usr/share/one/two/three/four/deep': 'deep\n',
    'empty-dir/': '',
  });
  for (let i = 0; i < (options.many ?? 20); i++) {
    write(join(root, 'many'), { [`entry-${i.toString().padStart(4, '0')}`]: `content ${i % 37}\n` });
  }
  if (options.large === true) fs.writeFileSync(join(root, 'large'), noise(8 * 2 ** 20 + 4097));
  fs.chmodSync(join(root, 'usr/bin/tool'), 0o755);
  if (options.plain !== true) addOddities(root);
  return root;
}

function addOddities(root: string): void {
  write(root, { 'odd/suid': 'suid\n', 'odd/none': 'unreadable\n', 'odd/sticky/': '', 'odd/attributes': 'a\n' });
  lsetxattr(join(root, 'odd/attributes'), 'user.binary', Uint8Array.of(0, 255, 10, 0, 128));
  lsetxattr(join(root, 'odd/attributes'), 'user.a', new TextEncoder().encode('text'));
  lsetxattr(join(root, 'odd/sticky'), 'user.dir', Uint8Array.of(1, 2, 3));
  if (isRoot) {
    fs.symlinkSync('attributes', join(root, 'odd/owned-link'));
    fs.lchownSync(join(root, 'odd/owned-link'), 12, 34);
    fs.chownSync(join(root, 'odd/attributes'), 1234, 5678);
  }
  fs.chmodSync(join(root, 'odd/suid'), 0o6755);
  fs.chmodSync(join(root, 'odd/sticky'), 0o1777);
  fs.chmodSync(join(root, 'odd/none'), isRoot ? 0o000 : 0o400);
  fs.chmodSync(join(root, 'odd'), 0o2750);
}
