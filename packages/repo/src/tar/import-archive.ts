import {
  type Checksum,
  compareBytes,
  encodeDirMeta,
  type FileHeader,
  LIMITS,
  OstError,
  type Xattr,
  type Xattrs,
} from '@ost/objects';
import type { ContentJob, StoreContentsInput, StoreContentsOutput } from '../commit/content-job.js';
import { addStats, type ImportContext } from '../commit/directory-source.js';
import { addLabel } from '../commit/label.js';
import type { EntryInfo } from '../commit/modifier.js';
import { archivedSize } from '../commit/sizes.js';
import { BatchRunner } from '../pool/batches.js';
import { storeContentsTask } from '../pool/tasks.js';
import { hashFile } from '../store/object-name.js';
import { ObjectWriter } from '../store/object-writer.js';
import type { MutableTree } from '../tree/mutable-tree.js';
import { relativePath, splitPath } from './archive-path.js';
import type { ArchiveEntry } from './entry.js';
import { decodeName } from './errors.js';
import { HardLinks } from './hard-links.js';
import { openTarSource, type TarTreeSource } from './tree-source.js';

const IMPORTING = 'Failed to handle file: ostree-tar: Failed to import file: ';
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/**
 * Lays an archive over a tree that is being built (repository format, "tar trees").
 * @throws OstError `corrupt` for a damaged archive, `invalid-name` for a path that leads outside, `unsupported` for
 *   devices and fifos, `not-found` for a missing parent or a hard link to nothing
 */
export async function importArchive(source: TarTreeSource, tree: MutableTree, context: ImportContext): Promise<void> {
  const importer = new ArchiveImporter(source, tree, context);
  try {
    for await (const entry of await openTarSource(source, context.signal)) {
      context.signal?.throwIfAborted();
      await importer.entry(entry);
    }
    await importer.finish();
  } catch (error) {
    await importer.settle();
    throw error;
  }
}

/** Reads entries and hashes their content; packing and writing it runs in batches, on all threads when there is much. */
class ArchiveImporter {
  readonly #writer: ObjectWriter;
  readonly #runner: BatchRunner<ContentJob, StoreContentsInput, StoreContentsOutput>;
  /** Content that is not written yet. */
  readonly #underWay = new Set<Checksum>();
  readonly #links: HardLinks;
  readonly #noXattrs: boolean;
  /** The repository stores symlinks as such, and Linux has them with one mode only. */
  readonly #realSymlinks: boolean;
  #files = 0;
  #bytes = 0;

  constructor(
    private readonly source: TarTreeSource,
    private readonly root: MutableTree,
    private readonly context: ImportContext,
  ) {
    const { target } = context.transaction;
    this.#writer = new ObjectWriter(target);
    this.#runner = new BatchRunner<ContentJob, StoreContentsInput, StoreContentsOutput>({
      task: storeContentsTask,
      input: (jobs) => ({ target, jobs, sizes: context.sizes !== null }),
      transfer: (jobs) => jobs.map(({ content }) => content.buffer),
      done: (jobs, output) => this.#stored(jobs, output),
      signal: context.signal,
    });
    this.#links = new HardLinks(root);
    this.#realSymlinks = target.mode === 'bare' || target.mode === 'bare-user-only';
    const noXattrs = source.noXattrs ?? context.modifier.noXattrs;
    this.#noXattrs = noXattrs || target.disableXattrs || target.mode === 'bare-user-only';
  }

  async entry(entry: ArchiveEntry): Promise<void> {
    const path = this.#path(entry.path);
    const names = splitPath(path);
    const absolute = `/${names.join('/')}`;
    const { uid, gid } = entry;
    const info = this.#filter(absolute, { uid, gid, mode: entry.mode | typeBits(entry) });
    if (info === null) return;
    const parent = this.#parent(names, entry);
    const name = names.at(-1);
    if (entry.type === 'directory') {
      const directory =
        name === undefined ? parent : prefixed('Failed to handle directory: ', () => parent.ensureDir(name));
      directory.meta = this.#dirmeta(info, this.#xattrs(entry, absolute, info));
      return;
    }
    if (entry.type === 'other') throw new OstError('unsupported', `Unsupported file type for path "${path}"`);
    if (name === undefined) throw new OstError('invalid-name', 'The root of an archive must be a directory');
    if (entry.type === 'hardlink') {
      const target = splitPath(this.#path(entry.linkTarget)).join('/');
      const payload = entry.size > 0 ? await this.#file(entry, absolute, info) : null;
      this.#links.add(names.join('/'), { parent, name }, target, payload);
      return;
    }
    const checksum = await this.#file(entry, absolute, info);
    prefixed(IMPORTING, () => parent.setFile(name, checksum));
  }

  async finish(): Promise<void> {
    const { root, source, context } = this;
    await this.#runner.finish().catch(failed(IMPORTING));
    this.#links.finish();
    if (root.meta === null && source.autocreateParents === true) {
      const made: EntryInfo = { uid: 0, gid: 0, mode: S_IFDIR | 0o755 };
      const info = this.#filter('/', made) ?? made;
      root.meta = this.#dirmeta(info, this.#label([], '/', info));
    }
    addStats(context.stats, this.#writer.stats);
  }

  /** Waits for what is under way; for clean-up after a failure. */
  settle(): Promise<void> {
    return this.#runner.settle();
  }

  #path(bytes: Uint8Array): string {
    const path = relativePath(decodeName(bytes));
    return (this.source.rename?.(path) ?? path).replace(/\/+$/, '');
  }

  #filter(path: string, info: EntryInfo): EntryInfo | null {
    const { filter } = this.context.modifier;
    return filter === null ? info : filter(path, info);
  }

  /** The directory that an entry goes to; for the root it is the root itself. */
  #parent(names: readonly string[], entry: ArchiveEntry): MutableTree {
    const above = names.slice(0, -1);
    const found = this.root.lookup(above);
    if (found !== null) return found;
    if (this.source.autocreateParents === true) return this.#createDirectories(above, entry);
    const missing = above.find((_, i) => this.root.lookup(above.slice(0, i + 1)) === null) ?? '';
    throw new OstError('not-found', `No such file or directory: ${missing}`, { data: { path: names.join('/') } });
  }

  /** Makes a chain of directories. Those that exist get new metadata, too, and no filter sees them: so does libostree. */
  #createDirectories(names: readonly string[], { uid, gid }: ArchiveEntry): MutableTree {
    const info: EntryInfo = { uid, gid, mode: S_IFDIR | 0o755 };
    let path = '/';
    let directory = this.root;
    directory.meta = this.#dirmeta(info, this.#label([], path, info));
    for (const name of names) {
      path = path === '/' ? `/${name}` : `${path}/${name}`;
      const parent = directory;
      directory = prefixed('Failed to create parent: ', () => parent.ensureDir(name));
      directory.meta = this.#dirmeta(info, this.#label([], path, info));
    }
    return directory;
  }

  #dirmeta(info: EntryInfo, xattrs: Xattrs): Checksum {
    const bytes = encodeDirMeta({ ...info, xattrs });
    const checksum = this.#writer.writeMetadata('dirmeta', bytes);
    this.context.sizes?.add('dirmeta', checksum, bytes.length, bytes.length);
    return checksum;
  }

  async #file(entry: ArchiveEntry, path: string, info: EntryInfo): Promise<Checksum> {
    const symlinkTarget = entry.type === 'symlink' ? decodeName(entry.linkTarget) : '';
    if (entry.type === 'symlink' && symlinkTarget === '') {
      throw new OstError('corrupt', `Symlink without a target: ${path}`, { data: { path } });
    }
    const mode = entry.type === 'symlink' && this.#realSymlinks ? S_IFLNK | 0o777 : info.mode;
    const header: FileHeader = { ...info, mode, symlinkTarget, xattrs: this.#xattrs(entry, path, info) };
    const { size } = entry;
    const checksum =
      size <= LIMITS.wholeFile
        ? await this.#store(header, await whole(entry))
        : await this.#writer.writeFileStream(header, size, entry.content());
    if (!this.#underWay.has(checksum))
      this.#noteSize(checksum, header, size, () => archivedSize(this.#writer, checksum));
    this.#files++;
    this.#bytes += size;
    this.context.onProgress?.({ type: 'commit', files: this.#files, bytes: this.#bytes });
    return checksum;
  }

  /** The name of content, which will have been written when all is done. */
  async #store(header: FileHeader, content: Uint8Array): Promise<Checksum> {
    const checksum = hashFile(header, content);
    this.#writer.stats.contentTotal++;
    if (this.#underWay.has(checksum) || this.#writer.has('file', checksum)) return checksum;
    this.#underWay.add(checksum);
    // A copy, as the reader goes on with its buffer.
    this.#runner.push({ checksum, header, content: new Uint8Array(content), size: content.length }, content.length);
    await this.#runner.drain().catch(failed(IMPORTING));
    return checksum;
  }

  #stored(jobs: readonly ContentJob[], { archived, stats }: StoreContentsOutput): void {
    addStats(this.context.stats, stats);
    jobs.forEach(({ checksum, header, size }, i) => {
      this.#underWay.delete(checksum);
      this.#noteSize(checksum, header, size, () => archived[i] as number);
    });
  }

  #noteSize(checksum: Checksum, { symlinkTarget }: FileHeader, size: number, archived: () => number): void {
    const unpacked = symlinkTarget === '' ? size : Buffer.byteLength(symlinkTarget);
    this.context.sizes?.add('file', checksum, archived(), unpacked);
  }

  #xattrs({ xattrs }: ArchiveEntry, path: string, info: EntryInfo): Xattrs {
    // Unlike those of a file system, attributes without a value stay.
    const sorted = (list: readonly Xattr[]): Xattr[] => [...list].sort((a, b) => compareBytes(a.name, b.name));
    return this.#label(this.#noXattrs ? [] : sorted(xattrs), path, info);
  }

  #label(xattrs: Xattrs, path: string, info: EntryInfo): Xattrs {
    return addLabel(xattrs, this.context.modifier.label?.(path, info) ?? null);
  }
}

function typeBits({ type }: ArchiveEntry): number {
  if (type === 'directory') return S_IFDIR;
  return type === 'symlink' ? S_IFLNK : S_IFREG;
}

/** The content of a small entry in one array. */
async function whole(entry: ArchiveEntry): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.content()) chunks.push(chunk);
  const [first] = chunks;
  if (first === undefined) return new Uint8Array();
  return chunks.length === 1 ? first : Buffer.concat(chunks);
}

/** Throws an error on in libostree's words. */
function failed(doing: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof OstError ? error.withPrefix(`ostree-tar: ${doing}`) : error;
  };
}

/** Names what failed. */
function prefixed<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    return failed(doing)(error);
  }
}
