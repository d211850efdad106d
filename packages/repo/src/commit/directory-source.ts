import * as fs from 'node:fs';
import { type Checksum, encodeDirMeta, OstError } from '@ost/objects';
import { withIoError } from '../platform/fs-errors.js';
import { BatchRunner } from '../pool/batches.js';
import { storeFilesTask } from '../pool/tasks.js';
import type { WriteStats } from '../store/object-writer.js';
import { readXattrs, sameXattrs } from '../store/xattrs.js';
import type { MutableTree } from '../tree/mutable-tree.js';
import type { Transaction } from '../txn/transaction.js';
import type { DevinoCache } from './devino.js';
import type { FileJob, StoreFilesInput, StoreFilesOutput } from './file-job.js';
import { addLabel } from './label.js';
import type { CommitModifier, EntryInfo } from './modifier.js';
import { OpenDirectory } from './open-directory.js';
import type { SizesRecorder } from './sizes.js';

/** How far a commit has come. */
export interface CommitProgress {
  readonly type: 'commit';
  readonly files: number;
  readonly bytes: number;
}

/** What importing a tree needs. */
export interface ImportContext {
  readonly transaction: Transaction;
  readonly modifier: CommitModifier;
  /** Known inodes of checkouts of this repository. */
  readonly devino: DevinoCache | null;
  /** Trust the inode before any filter runs. */
  readonly devinoCanonical: boolean;
  /** Delete the source while it is imported. */
  readonly consume: boolean;
  /** Nothing is laid over what comes now: directories that are complete need not stay in memory. @default false */
  readonly last?: boolean;
  readonly sizes: SizesRecorder | null;
  readonly stats: WriteStats & { cacheHits: number };
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: CommitProgress) => void) | undefined;
}

interface TreeJob extends FileJob {
  readonly directory: OpenDirectory;
  readonly name: string;
}

/** Adds the counters of one writer to another. */
export function addStats(into: WriteStats, from: WriteStats): void {
  for (const key of Object.keys(from) as (keyof WriteStats)[]) into[key] += from[key];
}

/**
 * Brings a directory of the file system into a tree that is being built. The main thread walks; hashing, compressing
 * and writing run in batches, on worker threads when there is enough to do (repository format, "Tree arguments").
 * @throws OstError `not-found` when there is no such directory, `unsupported` for devices, fifos and sockets
 */
export async function importDirectory(root: string, tree: MutableTree, context: ImportContext): Promise<void> {
  const importer = new DirectoryImporter(context);
  try {
    await importer.root(root, tree);
    await importer.finish();
  } catch (error) {
    await importer.settle();
    throw error;
  }
}

function statDirectory(root: string): fs.Stats {
  const stat = withIoError(`opendir(${root})`, () => fs.lstatSync(root));
  // A symlink to the top directory is followed, as opendir does.
  const real = stat.isSymbolicLink() ? withIoError(`opendir(${root})`, () => fs.statSync(root)) : stat;
  if (!real.isDirectory()) throw new OstError('io', `opendir(${root}): Not a directory`, { data: { path: root } });
  return real;
}

class DirectoryImporter {
  readonly #runner: BatchRunner<TreeJob, StoreFilesInput, StoreFilesOutput>;
  readonly #dirmetas = new Map<string, Checksum>();
  readonly #consumed: string[] = [];
  /** Files on the repository's own device can be renamed into it. */
  readonly #device: number;
  #files = 0;
  #bytes = 0;

  constructor(private readonly context: ImportContext) {
    const { transaction, sizes, consume } = context;
    this.#device = fs.statSync(transaction.target.path).dev;
    this.#runner = new BatchRunner<TreeJob, StoreFilesInput, StoreFilesOutput>({
      task: storeFilesTask,
      input: (jobs) => ({
        target: transaction.target,
        jobs: jobs.map(({ directory: _directory, name: _name, ...job }) => job),
        sizes: sizes !== null,
        consume,
      }),
      done: (jobs, output) => this.#stored(jobs, output),
      signal: context.signal,
    });
  }

  #stored(jobs: readonly TreeJob[], output: StoreFilesOutput): void {
    jobs.forEach(({ directory, name, size }, i) => {
      const checksum = output.checksums[i] as Checksum;
      directory.tree.setFile(name, checksum);
      directory.arrived();
      const sizes = output.sizes[i];
      if (sizes !== undefined) this.context.sizes?.add('file', checksum, sizes[0], sizes[1]);
      this.#bytes += size;
    });
    this.#files += jobs.length;
    addStats(this.context.stats, output.stats);
    this.context.onProgress?.({ type: 'commit', files: this.#files, bytes: this.#bytes });
  }

  async finish(): Promise<void> {
    await this.#runner.finish();
    // Deepest first: children were noted after their parents.
    for (const directory of this.#consumed.reverse()) {
      if (directory !== '.') withIoError(`unlinkat(${directory})`, () => fs.rmdirSync(directory));
    }
  }

  settle(): Promise<void> {
    return this.#runner.settle();
  }

  async root(source: string, tree: MutableTree): Promise<void> {
    await this.#directory(source, '/', new OpenDirectory(tree, this.#complete), statDirectory(source));
  }

  readonly #complete = (tree: MutableTree): void => {
    const { transaction, sizes, stats, last } = this.context;
    if (last !== true) return;
    this.#counted(() => {
      tree.settle(transaction.repo, transaction.writer, (checksum, size) => {
        stats.metadataTotal++;
        sizes?.add('dirtree', checksum, size, size);
      });
    });
  };

  /** Adds what `write` writes to the counters of this commit. */
  #counted<T>(write: () => T): T {
    const { transaction, stats } = this.context;
    const before = transaction.writer.stats.metadataWritten;
    const result = write();
    stats.metadataWritten += transaction.writer.stats.metadataWritten - before;
    return result;
  }

  /** @param path absolute path in the commit */
  async #directory(source: string, path: string, directory: OpenDirectory, stat: fs.Stats): Promise<void> {
    const { modifier, consume } = this.context;
    const { tree } = directory;
    const info = this.#filter(path, stat);
    if (info === null) return;
    tree.meta = this.#dirmeta(source, path, info, modifier);
    if (consume) this.#consumed.push(source);
    for (const name of names(source)) {
      const child = `${source}/${name}`;
      const childPath = path === '/' ? `/${name}` : `${path}/${name}`;
      const childStat = withIoError(`fstatat(${child})`, () => fs.lstatSync(child));
      if (childStat.isDirectory()) {
        // Directories pass the filter twice, as in libostree: once as an entry, once when they are entered.
        if (this.#filter(childPath, childStat) === null) {
          if (consume) fs.rmSync(child, { recursive: true });
          continue;
        }
        const below = new OpenDirectory(tree.ensureDir(name), this.#complete, directory);
        await this.#directory(child, childPath, below, childStat);
      } else this.#file(child, childPath, name, directory, childStat);
    }
    directory.arrived();
    await this.#runner.drain();
  }

  #filter(path: string, info: EntryInfo): EntryInfo | null {
    const { filter } = this.context.modifier;
    const { uid, gid, mode } = info;
    return filter === null ? { uid, gid, mode } : filter(path, { uid, gid, mode });
  }

  #dirmeta(source: string, path: string, info: EntryInfo, modifier: CommitModifier): Checksum {
    const { transaction, sizes, stats } = this.context;
    const keep = !modifier.noXattrs && !transaction.target.disableXattrs;
    const xattrs = addLabel(keep ? readXattrs(source) : [], modifier.label?.(path, info) ?? null);
    const bytes = encodeDirMeta({ ...info, xattrs });
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    stats.metadataTotal++;
    let checksum = this.#dirmetas.get(key);
    if (checksum === undefined) {
      checksum = this.#counted(() => transaction.writer.writeMetadata('dirmeta', bytes));
      this.#dirmetas.set(key, checksum);
      sizes?.add('dirmeta', checksum, bytes.length, bytes.length);
    }
    return checksum;
  }

  #file(source: string, path: string, name: string, directory: OpenDirectory, stat: fs.Stats): void {
    const { context } = this;
    const { tree } = directory;
    const { modifier, transaction, consume } = context;
    if (!stat.isFile() && !stat.isSymbolicLink()) {
      throw new OstError('unsupported', `Not a regular file or symlink: ${name}`, { data: { path: source } });
    }
    const known = context.devino?.lookup(stat) ?? null;
    if (known !== null && context.devinoCanonical) {
      this.#reuse(source, name, tree, known.checksum);
      return;
    }
    const original: EntryInfo = known?.info ?? stat;
    const info = this.#filter(path, original);
    if (info === null) {
      if (consume) fs.rmSync(source);
      return;
    }
    const label = modifier.label?.(path, info) ?? null;
    const noXattrs = modifier.noXattrs || transaction.target.disableXattrs;
    const sameInfo = info.uid === original.uid && info.gid === original.gid && info.mode === original.mode;
    if (known !== null && sameInfo) {
      const before = transaction.target.disableXattrs ? [] : known.xattrs();
      if (sameXattrs(before, addLabel(noXattrs ? [] : before, label))) {
        this.#reuse(source, name, tree, known.checksum);
        return;
      }
    }
    const { mode } = transaction.target;
    const untouched = info.uid === stat.uid && info.gid === stat.gid && info.mode === stat.mode && label === null;
    const adopt =
      consume &&
      stat.isFile() &&
      stat.dev === this.#device &&
      (mode === 'bare-user-only' || (mode === 'bare' && untouched && !modifier.noXattrs));
    const { uid, gid } = info;
    const xattrs = noXattrs ? [] : (known?.xattrs() ?? 'read');
    directory.expect();
    this.#runner.push(
      { path: source, uid, gid, mode: info.mode, size: stat.size, xattrs, label, adopt, directory, name },
      stat.size,
    );
  }

  #reuse(source: string, name: string, tree: MutableTree, checksum: Checksum): void {
    tree.setFile(name, checksum);
    this.context.stats.cacheHits++;
    if (this.context.consume) fs.rmSync(source);
  }
}

/** Names in a directory; bytes that are not UTF-8 are an error, since no dirtree can hold them. */
function names(directory: string): string[] {
  const found = withIoError(`opendir(${directory})`, () => fs.readdirSync(directory));
  if (found.some((name) => name.includes('\ufffd'))) assertUtf8(directory);
  return found;
}

function assertUtf8(directory: string): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (const raw of fs.readdirSync(directory, 'buffer')) {
    try {
      decoder.decode(raw);
    } catch (error) {
      const shown = raw
        .toString('latin1')
        .replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
      throw new OstError('invalid-name', `Invalid UTF-8 in filename ${shown}`, { cause: error, data: { directory } });
    }
  }
}
