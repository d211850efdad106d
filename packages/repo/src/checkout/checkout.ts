import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, type DirMeta, type DirTree, OstError } from '@ost/objects';
import { lsetxattr } from '@ost/linux';
import { lstatIfPresent } from '../platform/files.js';
import { errnoOf, ioError } from '../platform/fs-errors.js';
import { BatchRunner } from '../pool/batches.js';
import { checkoutFilesTask } from '../pool/tasks.js';
import type { Repo } from '../repo.js';
import { keptXattrs, SELINUX_XATTR } from '../selinux/label-xattr.js';
import { firstMissing, lookupPath } from '../tree/lookup.js';
import type {
  CheckoutFileJob,
  CheckoutFilesInput,
  CheckoutFilesOutput,
  OverwriteMode,
  PlaceOptions,
} from './checkout-job.js';
import { CheckoutLabeler, type CheckoutLabels } from './labels.js';
import { OPAQUE, passthroughTarget, placeWhiteoutDevice, whiteoutTarget } from './whiteouts.js';

/** Options of {@link checkout}; the defaults make a plain checkout into a new directory. */
export interface CheckoutOptions {
  /** No chown, no xattrs, no set-user-id bits. @default false (true in bare-user-only repositories) */
  readonly userMode?: boolean;
  /** What happens to entries that exist. @default 'none' */
  readonly overwrite?: OverwriteMode;
  /** Path in the commit to check out, instead of all of it. @default '/' */
  readonly subpath?: string;
  /** A missing subpath is no error. @default false */
  readonly allowNoent?: boolean;
  /** Never hard-link. @default false */
  readonly forceCopy?: boolean;
  /** Fail where hard-linking is not possible. @default false */
  readonly requireHardlinks?: boolean;
  /** Keep unpacked files of an archive in its cache, for user-mode checkouts to link to. @default as configured */
  readonly useCache?: boolean;
  /** Carry out docker-style whiteouts. @default false */
  readonly processWhiteouts?: boolean;
  /** Turn `.ostree-wh.NAME` files into overlayfs whiteouts. @default false */
  readonly processPassthroughWhiteouts?: boolean;
  /** Directory modes at most 0775. @default false (true in bare-user-only repositories) */
  readonly bareUserOnlyDirs?: boolean;
  /** Paths to leave out: files `/a/b`, directories `/a/b/`. */
  readonly skip?: (path: string) => boolean;
  /** Label files by a policy instead of as they are stored. Copies everything; user mode sets no labels. */
  readonly labels?: CheckoutLabels;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: CheckoutProgress) => void;
}

/** How far a checkout has come. */
export interface CheckoutProgress {
  readonly type: 'checkout';
  readonly files: number;
}

/**
 * Puts a commit's tree, or a part of it, into a directory; hard-links where repository mode and options allow it
 * (repository format, "Checkout"). The main thread makes directories, worker threads place the files.
 * @param destination directory to make, or with an overwrite mode to fill
 * @throws OstError `already-exists`, `not-found`, `unsupported` and `io` with libostree's texts
 */
export async function checkout(
  repo: Repo,
  commit: Checksum,
  destination: string,
  options: CheckoutOptions = {},
): Promise<void> {
  const { contents, meta } = repo.loadCommit(commit);
  const subpath = options.subpath ?? '/';
  const found = lookupPath(repo, { contents, meta }, subpath);
  if (found === null) {
    if (options.allowNoent === true) return;
    const missing = firstMissing(repo, { contents, meta }, subpath);
    throw new OstError('not-found', `No such file or directory: ${missing}`, { data: { commit, path: subpath } });
  }
  const run = new Checkout(repo, options);
  try {
    if (found.type === 'file') await run.singleFile(destination, found.checksum, path.posix.basename(subpath));
    else await run.directory(destination, found, '/');
    await run.finish();
  } catch (error) {
    await run.settle();
    throw error;
  }
}

interface MadeDirectory {
  readonly path: string;
  readonly meta: DirMeta;
}

class Checkout {
  readonly #place: PlaceOptions;
  readonly #runner: BatchRunner<CheckoutFileJob, CheckoutFilesInput, CheckoutFilesOutput>;
  readonly #labeler: CheckoutLabeler | null;
  readonly #made: MadeDirectory[] = [];
  #files = 0;

  constructor(
    private readonly repo: Repo,
    private readonly options: CheckoutOptions,
  ) {
    const overwrite = options.overwrite ?? 'none';
    this.#place = {
      userMode: repo.mode === 'bare-user-only' || (options.userMode ?? false),
      overwrite,
      forceCopy: options.labels !== undefined || (options.forceCopy ?? false),
      requireHardlinks: options.requireHardlinks ?? false,
      useCache: (options.useCache ?? true) && repo.config.enableUncompressedCache && repo.writable,
      replaceDirectories: overwrite === 'union' && (options.processWhiteouts ?? false),
      relabel: options.labels !== undefined,
    };
    const { labels, subpath = '/' } = options;
    const labelled = labels !== undefined && !this.#place.userMode;
    this.#labeler = labelled ? new CheckoutLabeler({ prefix: subpath, ...labels }) : null;
    this.#runner = new BatchRunner<CheckoutFileJob, CheckoutFilesInput, CheckoutFilesOutput>({
      task: checkoutFilesTask,
      input: (jobs) => ({ target: repo.target, options: this.#place, jobs }),
      done: (jobs) => {
        this.#files += jobs.length;
        options.onProgress?.({ type: 'checkout', files: this.#files });
      },
      signal: options.signal,
    });
  }

  async singleFile(destination: string, checksum: Checksum, name: string): Promise<void> {
    if (destination !== '.') makeDirectory(destination, true);
    this.#assertSameDevice(destination);
    this.#push(path.join(destination, name), checksum, '');
    await this.#runner.drain();
  }

  /** @param where path of this directory in the checked-out tree, for skip lists */
  async directory(destination: string, tree: { contents: Checksum; meta: Checksum }, where: string): Promise<void> {
    if (this.options.skip?.(where) === true) return;
    const entries = this.repo.loadDirTree(tree.contents);
    const meta = this.repo.loadDirMeta(tree.meta);
    if (this.options.processWhiteouts === true && entries.files.some((f) => f.name === OPAQUE)) {
      fs.rmSync(destination, { recursive: true, force: true });
    }
    this.#makeDirectory(destination, meta, where);
    if (where === '/') this.#assertSameDevice(destination);
    this.#pushFiles(destination, entries, where);
    await this.#runner.drain();
    for (const dir of entries.dirs) {
      await this.directory(`${destination}/${dir.name}`, dir, `${where}${dir.name}/`);
    }
  }

  #makeDirectory(destination: string, meta: DirMeta, where: string): void {
    const union = this.#place.overwrite !== 'none';
    if (this.#place.replaceDirectories && lstatIfPresent(destination)?.isDirectory() === false)
      fs.unlinkSync(destination);
    if (!makeDirectory(destination, union)) return;
    if (!this.#place.userMode) {
      for (const { name, value } of keptXattrs(meta.xattrs, this.#place.relabel)) lsetxattr(destination, name, value);
      const label = this.#labeler?.label(where, meta.mode) ?? null;
      if (label !== null) lsetxattr(destination, SELINUX_XATTR, new TextEncoder().encode(label));
    }
    this.#made.push({ path: destination, meta });
  }

  #pushFiles(destination: string, entries: DirTree, where: string): void {
    const { skip, processWhiteouts, processPassthroughWhiteouts } = this.options;
    for (const { name, checksum } of entries.files) {
      if (skip?.(`${where}${name}`) === true) continue;
      const hidden = processWhiteouts === true ? whiteoutTarget(name) : null;
      if (hidden !== null) {
        if (name !== OPAQUE) fs.rmSync(`${destination}/${hidden}`, { recursive: true, force: true });
        continue;
      }
      const device = processPassthroughWhiteouts === true ? passthroughTarget(name) : null;
      if (device !== null) {
        placeWhiteoutDevice(`${destination}/${device}`, this.repo.loadFile(checksum).header, this.#place);
        continue;
      }
      this.#push(`${destination}/${name}`, checksum, `${where}${name}`);
    }
  }

  #push(destination: string, checksum: Checksum, where: string): void {
    const label = this.#labeler?.label(where, this.repo.loadFile(checksum).header.mode) ?? null;
    this.#runner.push({ path: destination, checksum, label }, 0);
  }

  /** Hard links cannot leave a device, whatever the modes are. */
  #assertSameDevice(destination: string): void {
    if (!this.#place.requireHardlinks) return;
    const [src, dest] = [fs.statSync(this.repo.path).dev, fs.statSync(destination).dev];
    if (src === dest) return;
    const what = `Unable to do hardlink checkout across devices (src=${src} destination=${dest})`;
    throw new OstError('unsupported', what);
  }

  /** Waits for the files, then gives the directories their owner, mode and time, deepest first. */
  async finish(): Promise<void> {
    await this.#runner.finish();
    const mask = this.repo.mode === 'bare-user-only' || this.options.bareUserOnlyDirs === true ? 0o775 : 0o7777;
    for (const { path: directory, meta } of this.#made.reverse()) {
      if (!this.#place.userMode) fs.lchownSync(directory, meta.uid, meta.gid);
      fs.chmodSync(directory, meta.mode & mask);
      if (!this.#place.forceCopy) fs.utimesSync(directory, Date.now() / 1000, 0);
    }
  }

  settle(): Promise<void> {
    return this.#runner.settle();
  }
}

/** Makes a directory; false when `existing` allows one that is there. A symlink is never followed. */
function makeDirectory(directory: string, existing: boolean): boolean {
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || !existing) throw ioError(error, 'mkdirat');
  }
  if (lstatIfPresent(directory)?.isDirectory() !== true) {
    throw new OstError('io', `opendir(${path.basename(directory)}): Not a directory`, { data: { path: directory } });
  }
  return false;
}
