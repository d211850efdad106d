import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { lsetxattr } from '@ost/linux';
import { isRoot } from './scratch.js';

/** A file, symlink or directory to make. */
export type Node =
  | {
      readonly type: 'file';
      readonly content: Uint8Array;
      readonly mode: number;
      readonly xattrs: readonly Uint8Array[];
    }
  | { readonly type: 'link'; readonly target: string }
  | { readonly type: 'dir'; readonly mode: number; readonly entries: readonly (readonly [string, Node])[] };

const name = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), fc.constantFrom('a', 'B', '-', ' ', '.x', '\n'))
  .filter((s) => !/[/\0]/.test(s) && s !== '.' && s !== '..' && s.isWellFormed());
const target = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((s) => !s.includes('\0') && s.isWellFormed());
const mode = fc.integer({ min: 0, max: 0o7777 }).map((m) => (isRoot ? m : (m & 0o777) | 0o400));

const arbitraries = fc.letrec<{ node: Node; dir: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({
      type: fc.constant('file' as const),
      content: fc.uint8Array({ maxLength: 200 }),
      mode,
      xattrs: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 2 }),
    }),
    fc.record({ type: fc.constant('link' as const), target }),
    tie('dir'),
  ),
  dir: fc.record({
    type: fc.constant('dir' as const),
    mode: mode.map((m) => m | 0o700),
    entries: fc.uniqueArray(fc.tuple(name, tie('node')), { maxLength: 6, selector: ([key]) => key }),
  }),
}));

/** Trees with names, modes and attributes of all kinds. */
export const node: fc.Arbitrary<Node> = arbitraries.node;

/** Makes it. */
export function makeNode(path: string, item: Node): void {
  if (item.type === 'link') {
    fs.symlinkSync(item.target, path);
    return;
  }
  if (item.type === 'file') {
    fs.writeFileSync(path, item.content);
    item.xattrs.forEach((value, i) => lsetxattr(path, `user.x${9 - i}`, value));
  } else {
    fs.mkdirSync(path);
    for (const [entry, child] of item.entries) makeNode(join(path, entry), child);
  }
  fs.chmodSync(path, item.mode);
}
