import { codec, type Codec } from '@ost/gvariant';
import { type Checksum, checksumAt, checksumToBytes } from './checksum.js';
import { nameDecoder, scanDirTree } from './dirtree-scan.js';
import { OstError } from './errors.js';
import { assertFileName, compareNames } from './names.js';
import { encoding } from './variant-errors.js';

/** A file or symlink of a directory. */
export interface DirTreeFile {
  readonly name: string;
  readonly checksum: Checksum;
}

/** A subdirectory. */
export interface DirTreeDir {
  readonly name: string;
  /** Its dirtree. */
  readonly contents: Checksum;
  /** Its dirmeta. */
  readonly meta: Checksum;
}

/** The entries of a directory, each list sorted by name (repository format, "dirtree"). */
export interface DirTree {
  readonly files: readonly DirTreeFile[];
  readonly dirs: readonly DirTreeDir[];
}

const dirTreeCodec: Codec<'(a(say)a(sayay))'> = codec('(a(say)a(sayay))');

/**
 * Serializes a directory.
 * @throws OstError `invalid-name` for a bad name, `invalid-argument` when a list is not sorted or a name occurs twice
 */
export function encodeDirTree(tree: DirTree): Uint8Array {
  check(tree, 'invalid-argument');
  return encoding(() =>
    dirTreeCodec.encode([
      tree.files.map((f) => [f.name, checksumToBytes(f.checksum)]),
      tree.dirs.map((d) => [d.name, checksumToBytes(d.contents), checksumToBytes(d.meta)]),
    ]),
  );
}

/**
 * Parses and checks a dirtree object.
 * @throws OstError `not-normal`, `corrupt` or `invalid-name`
 */
export function parseDirTree(bytes: Uint8Array): DirTree {
  const { fileCount, dirCount, spans } = scanDirTree(bytes);
  const files: DirTreeFile[] = [];
  const dirs: DirTreeDir[] = [];
  for (let i = 0; i < fileCount + dirCount; i++) {
    const end = spans[2 * i + 1] as number;
    const name = nameAt(bytes, spans[2 * i] as number, end);
    const checksum = checksumAt(bytes, end + 1);
    if (i < fileCount) files.push({ name, checksum });
    else dirs.push({ name, contents: checksum, meta: checksumAt(bytes, end + 33) });
  }
  const tree = { files, dirs };
  check(tree, 'corrupt');
  return tree;
}

const characters: number[] = [];

/** The name between two positions, which is valid UTF-8. */
function nameAt(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 255) return nameDecoder.decode(bytes.subarray(start, end));
  characters.length = end - start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte > 0x7f) return nameDecoder.decode(bytes.subarray(start, end));
    characters[i - start] = byte;
  }
  return String.fromCharCode.apply(null, characters);
}

function check(tree: DirTree, code: 'corrupt' | 'invalid-argument'): void {
  for (const list of [tree.files, tree.dirs]) {
    let previous: string | null = null;
    for (const { name } of list) {
      assertFileName(name);
      if (previous !== null && compareNames(previous, name) >= 0) {
        throw new OstError(code, `Directory entries are not sorted: ${previous}, ${name}`, {
          data: { previous, name },
        });
      }
      previous = name;
    }
  }
  if (tree.dirs.length === 0 || tree.files.length === 0) return;
  const names = new Set(tree.dirs.map((d) => d.name));
  const both = tree.files.find((f) => names.has(f.name));
  if (both !== undefined)
    throw new OstError(code, `Name ${both.name} is both a file and a directory`, { data: { name: both.name } });
}
