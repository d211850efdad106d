import {
  archiveHeaderLength,
  type Checksum,
  type DirTreeDir,
  type DirTreeFile,
  encodeArchiveHeader,
  type FileHeader,
  parseArchiveHeader,
  parseDirTree,
} from '@ost/objects';
import type { Repo } from '../repo.js';
import { HeaderMemory } from './header-memory.js';

/** A directory with more files is not remembered: their headers would take much memory at once. */
const MANY = 50_000;

/** A file or symlink of a directory, and what it is. */
export interface ListedFile extends DirTreeFile {
  readonly header: FileHeader;
  /** Length of the content in bytes; 0 for symlinks. */
  readonly size: number;
}

/** A directory of a commit. */
export interface ListedDirectory {
  /** Its files, each read when it is asked for. */
  readonly files: Iterable<ListedFile>;
  readonly dirs: readonly DirTreeDir[];
}

/**
 * Lists directories with what their files are. In an archive this opens each file object, for which reason the headers
 * are remembered in `tmp/cache`; objects of other modes are hard links to files that anybody may have changed.
 */
export class TreeLister {
  readonly #memory: HeaderMemory | null;

  /** @param options.remember use what is remembered, and remember more: for listings of many directories. @default false */
  constructor(
    private readonly repo: Repo,
    { remember = false }: { readonly remember?: boolean } = {},
  ) {
    const { target, staging } = repo.store;
    const canRemember = target.mode === 'archive' && target.parents.length === 0 && staging === null;
    this.#memory = remember && canRemember ? HeaderMemory.open(repo) : null;
  }

  /**
   * Lists one directory.
   * @throws OstError `not-found`, `corrupt`, `not-normal` or `invalid-name` when the directory, and while files are
   *   iterated, when the next one cannot be read
   */
  directory(contents: Checksum): ListedDirectory {
    const known = this.#memory?.recall(contents) ?? null;
    const dirtree = known?.dirtree ?? this.repo.store.readMetadata('dirtree', contents);
    const { files, dirs } = parseDirTree(dirtree);
    const memory = files.length > MANY ? null : this.#memory;
    if (memory === null) return { files: this.#read(files), dirs };
    return { files: this.#remembered(memory, contents, dirtree, files, known?.headers ?? null), dirs };
  }

  *#read(files: readonly DirTreeFile[]): Generator<ListedFile, void, undefined> {
    for (const { name, checksum } of files) {
      const { header, size } = this.repo.loadFile(checksum);
      yield { name, checksum, header, size };
    }
  }

  *#remembered(
    memory: HeaderMemory,
    contents: Checksum,
    dirtree: Uint8Array,
    files: readonly DirTreeFile[],
    known: Uint8Array | null,
  ): Generator<ListedFile, void, undefined> {
    /** What has to be remembered, once that is not what is known. */
    let pieces: Uint8Array[] | null = known === null ? [] : null;
    let at = 0;
    for (const { name, checksum } of files) {
      const start = at;
      if (known !== null) at += archiveHeaderLength(known, start);
      if (known !== null && memory.holds(checksum)) {
        const { header, size } = parseArchiveHeader(known, start);
        pieces?.push(known.subarray(start, at));
        yield { name, checksum, header, size };
      } else {
        const { header, size } = this.repo.loadFile(checksum);
        if (known !== null) pieces ??= [known.subarray(0, start)];
        pieces?.push(encodeArchiveHeader(header, size));
        yield { name, checksum, header, size };
      }
    }
    if (pieces !== null) memory.learn(contents, { dirtree, headers: Buffer.concat(pieces) }, files.length);
    else if (known !== null) memory.keep(contents, { dirtree, headers: known });
  }

  /** Remembers what was listed, for the next listing, where the repository can be written. */
  close(): void {
    this.#memory?.save();
  }
}
