import { type Checksum, OstError } from '@ost/objects';
import type { Repo } from '../repo.js';
import type { StoredFile } from '../store/stored-file.js';
import { type DirectoryEntry, lookupPath } from '../tree/lookup.js';
import { tarEnd, tarHeader, tarPadding } from './write-tar.js';

/** Options of {@link exportTar}. */
export interface ExportTarOptions {
  /** Directory of the commit that becomes the root of the archive. @default '/' */
  readonly subpath?: string;
  /** Text in front of every name, as it is: `usr/` makes a directory of it. @default '' */
  readonly prefix?: string;
  readonly signal?: AbortSignal;
}

/** Files up to this size go out in one piece with their header. */
const ONE_PIECE = 1 << 18;
const S_IFMT = 0o170000;

/**
 * A commit as a tar archive in GNU's format, with flat memory: a directory, its files, then its subdirectories. The
 * times are the commit's. A file whose object has been there before is a hard link to it, as in newer versions of
 * libostree. Extended attributes do not go in, since GNU's format has no place for them.
 * @param rev ref or checksum
 * @throws OstError `not-found` for a revision or subpath that is not there, `invalid-argument` when it is no directory
 */
export async function* exportTar(
  repo: Repo,
  rev: string,
  options: ExportTarOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const commit = repo.loadCommit(repo.resolve(rev));
  const { subpath = '/', prefix = '', signal } = options;
  const root = lookupPath(repo, commit, subpath);
  if (root === null) throw new OstError('not-found', `No such file or directory: ${subpath}`, { data: { subpath } });
  if (root.type !== 'directory') throw new OstError('invalid-argument', `Not a directory: ${subpath}`);
  yield* new Exporter(repo, commit.timestamp, signal).directory(root, prefix);
  yield tarEnd();
}

class Exporter {
  /** Where each regular file was first. */
  readonly #seen = new Map<Checksum, string>();

  constructor(
    private readonly repo: Repo,
    private readonly mtime: bigint,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @param path of the directory in the archive, empty or with what separates it from the names in it */
  async *directory({ contents, meta }: DirectoryEntry, path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const { uid, gid, mode } = this.repo.loadDirMeta(meta);
    const name = path === '' ? './' : path.endsWith('/') ? path : `${path}/`;
    yield this.#header({ path: name, typeflag: '5', mode, uid, gid, size: 0, linkTarget: '' });
    const tree = this.repo.loadDirTree(contents);
    for (const file of tree.files) yield* this.#file(file.checksum, `${path}${file.name}`);
    for (const dir of tree.dirs) yield* this.directory(dir, `${path}${dir.name}/`);
  }

  async *#file(checksum: Checksum, path: string): AsyncGenerator<Uint8Array, void, undefined> {
    this.signal?.throwIfAborted();
    const file = this.repo.loadFile(checksum);
    const { uid, gid, mode, symlinkTarget } = file.header;
    const first = this.#seen.get(checksum);
    if (file.isSymlink) {
      yield this.#header({ path, typeflag: '2', mode, uid, gid, size: 0, linkTarget: symlinkTarget });
    } else if (first !== undefined) {
      yield this.#header({ path, typeflag: '1', mode, uid, gid, size: 0, linkTarget: first });
    } else {
      this.#seen.set(checksum, path);
      const header = this.#header({ path, typeflag: '0', mode, uid, gid, size: file.size, linkTarget: '' });
      yield* withContent(header, file);
    }
  }

  #header(entry: Omit<Parameters<typeof tarHeader>[0], 'mtime'>): Uint8Array {
    return tarHeader({ ...entry, mode: entry.mode & ~S_IFMT, mtime: this.mtime });
  }
}

async function* withContent(header: Uint8Array, file: StoredFile): AsyncGenerator<Uint8Array, void, undefined> {
  if (file.size <= ONE_PIECE) {
    yield Buffer.concat([header, file.read(), tarPadding(file.size)]);
    return;
  }
  yield header;
  let seen = 0;
  for await (const chunk of file.stream()) {
    seen += chunk.length;
    yield chunk;
  }
  // The archive would be out of step from here on.
  if (seen !== file.size) throw new OstError('corrupt', `Expected ${file.size} bytes of content, found ${seen}`);
  yield tarPadding(file.size);
}
