import { codec, type Codec } from '@ost/gvariant';
import { type Checksum, checksumAt, checksumToBytes } from './checksum.js';
import { assertEntryNames, nameAt } from './dirtree-names.js';
import { scanDirTree } from './dirtree-scan.js';
import { assertFileName } from './names.js';
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
  for (const list of [tree.files, tree.dirs]) for (const { name } of list) assertFileName(name);
  const bytes = encoding(() =>
    dirTreeCodec.encode([
      tree.files.map((f) => [f.name, checksumToBytes(f.checksum)]),
      tree.dirs.map((d) => [d.name, checksumToBytes(d.contents), checksumToBytes(d.meta)]),
    ]),
  );
  assertEntryNames(bytes, scanDirTree(bytes), 'invalid-argument');
  return bytes;
}

/**
 * Parses and checks a dirtree object.
 * @throws OstError `not-normal`, `corrupt` or `invalid-name`
 */
export function parseDirTree(bytes: Uint8Array): DirTree {
  const layout = scanDirTree(bytes);
  assertEntryNames(bytes, layout, 'corrupt');
  const { fileCount, dirCount, spans } = layout;
  const files: DirTreeFile[] = [];
  const dirs: DirTreeDir[] = [];
  for (let i = 0; i < fileCount + dirCount; i++) {
    const end = spans[2 * i + 1] as number;
    const name = nameAt(bytes, spans[2 * i] as number, end);
    const checksum = checksumAt(bytes, end + 1);
    if (i < fileCount) files.push({ name, checksum });
    else dirs.push({ name, contents: checksum, meta: checksumAt(bytes, end + 33) });
  }
  return { files, dirs };
}
