import * as fs from 'node:fs';
import { type Checksum, type DirMeta, type DirTree, OstError } from '@ost/objects';
import { BatchRunner } from '../pool/batches.js';
import { checkoutFilesTask } from '../pool/tasks.js';
import type { Repo } from '../repo.js';
import type { CheckoutOptions } from './checkout.js';
import type {
  CheckoutEntry,
  CheckoutFilesInput,
  CheckoutFilesOutput,
  CheckoutGroup,
  PlaceOptions,
} from './checkout-job.js';
import { finishDirectory, makeDirectory, mkdir } from './directories.js';
import { CheckoutLabeler } from './labels.js';
import { rememberPlainFiles } from './plain-files.js';
import { OPAQUE, passthroughTarget, placeWhiteoutDevice, whiteoutTarget } from './whiteouts.js';

/** A directory of the tree that is being looked at. */
interface Directory {
  readonly path: string;
  readonly meta: DirMeta;
  readonly label: string | null;
  readonly parent: Directory | null;
  files: readonly CheckoutEntry[];
  /** True when the main thread has made it, or found that it is there. */
  present: boolean;
}

/** So many directories and files go to a thread together, roughly. */
const GROUP = 128;

/** One checkout under way: the main thread reads the tree, worker threads make its parts. */
export class Checkout {
  readonly #place: PlaceOptions;
  readonly #runner: BatchRunner<CheckoutGroup, CheckoutFilesInput, CheckoutFilesOutput>;
  readonly #made: Directory[] = [];
  readonly #metas = new Map<Checksum, DirMeta>();
  readonly #labeler: CheckoutLabeler | null;
  readonly #plain: Checksum[] = [];
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
      directoryMask: repo.mode === 'bare-user-only' || options.bareUserOnlyDirs === true ? 0o775 : 0o7777,
      relabel: options.labels !== undefined,
    };
    const { labels, subpath = '/' } = options;
    const labelled = labels !== undefined && !this.#place.userMode;
    this.#labeler = labelled ? new CheckoutLabeler({ prefix: subpath, ...labels }) : null;
    this.#runner = new BatchRunner<CheckoutGroup, CheckoutFilesInput, CheckoutFilesOutput>({
      task: checkoutFilesTask,
      input: (groups) => ({ target: repo.target, options: this.#place, groups }),
      done: (groups, { plain }) => {
        this.#plain.push(...plain);
        for (const group of groups) for (const { files } of group) this.#files += files.length;
        options.onProgress?.({ type: 'checkout', files: this.#files });
      },
      signal: options.signal,
    });
  }

  async singleFile(destination: string, checksum: Checksum, name: string): Promise<void> {
    if (destination !== '.') mkdir(destination, true);
    this.#assertSameDevice(destination);
    const label = this.#labelOf('', checksum);
    await this.#push([{ path: destination, meta: null, label: null, files: [{ name, checksum, label }] }]);
  }

  /**
   * Places files in a directory that is there already.
   * @param where path of the directory in the commit
   */
  async files(directory: string, files: readonly CheckoutEntry[], where: string, meta: Checksum): Promise<void> {
    const self: Directory = {
      path: directory,
      meta: this.#metaOf(meta),
      label: null,
      parent: null,
      files,
      present: true,
    };
    this.#made.push(self);
    const placed = this.#filesOf(self, { files, dirs: [] }, where);
    for (let at = 0; at < placed.length; at += GROUP) {
      await this.#push([{ path: directory, meta: null, label: null, files: placed.slice(at, at + GROUP) }]);
    }
  }

  /** Makes a directory and everything below it. */
  async directory(destination: string, tree: { contents: Checksum; meta: Checksum }, where: string): Promise<void> {
    await this.#hand(await this.#collect(destination, tree, where, null));
  }

  /**
   * Collects the directories of a tree, parents first. Where they become many they are handed out, so that a subtree is
   * one thread's as a whole; only those above such a subtree are made here.
   * @param where path of the tree in the commit, for skip lists
   * @returns what is left, the tree's own directory at the head
   */
  async #collect(
    destination: string,
    tree: { contents: Checksum; meta: Checksum },
    where: string,
    parent: Directory | null,
  ): Promise<Directory[]> {
    if (this.options.skip?.(where) === true) return [];
    const entries = this.repo.loadDirTree(tree.contents);
    const meta = this.#metaOf(tree.meta);
    if (this.options.processWhiteouts === true && entries.files.some((f) => f.name === OPAQUE)) {
      fs.rmSync(destination, { recursive: true, force: true });
    }
    const label = this.#labeler?.label(where, meta.mode) ?? null;
    const self: Directory = { path: destination, meta, label, parent, files: [], present: false };
    if (parent === null && this.#place.requireHardlinks) {
      this.#makePresent(self);
      this.#assertSameDevice(destination);
    }
    self.files = this.#filesOf(self, entries, where);
    while (self.files.length > GROUP) {
      this.#makePresent(self);
      await this.#push([{ path: destination, meta: null, label: null, files: self.files.slice(0, GROUP) }]);
      self.files = self.files.slice(GROUP);
    }
    let group = [self];
    let items = self.files.length;
    for (const dir of entries.dirs) {
      const below = await this.#collect(`${destination}/${dir.name}`, dir, `${where}${dir.name}/`, self);
      group.push(...below);
      for (const { files } of below) items += 1 + files.length;
      if (items < GROUP) continue;
      this.#makePresent(self);
      await this.#hand(group);
      group = [];
      items = 0;
    }
    return group;
  }

  /** Directories share a few of these. */
  #metaOf(checksum: Checksum): DirMeta {
    let meta = this.#metas.get(checksum);
    if (meta === undefined) {
      meta = this.repo.loadDirMeta(checksum);
      this.#metas.set(checksum, meta);
    }
    return meta;
  }

  async #hand(group: readonly Directory[]): Promise<void> {
    await this.#push(
      group.map(({ path: at, meta, label, files, present }) => ({
        path: at,
        meta: present ? null : meta,
        label,
        files,
      })),
    );
  }

  async #push(group: CheckoutGroup): Promise<void> {
    const items = group.reduce((sum, { files }) => sum + 1 + files.length, 0);
    this.#runner.push(group, 0, items);
    await this.#runner.drain();
  }

  /** Makes a directory and those above it, unless that has been done. */
  #makePresent(directory: Directory): void {
    if (directory.present) return;
    if (directory.parent !== null) this.#makePresent(directory.parent);
    if (makeDirectory(directory.path, directory.meta, directory.label, this.#place)) this.#made.push(directory);
    directory.present = true;
  }

  /** The files to place; whiteouts among them are carried out. */
  #filesOf(directory: Directory, entries: DirTree, where: string): readonly CheckoutEntry[] {
    const { skip, processWhiteouts, processPassthroughWhiteouts } = this.options;
    const files = entries.files.filter(({ name, checksum }) => {
      if (skip?.(`${where}${name}`) === true) return false;
      const hidden = processWhiteouts === true ? whiteoutTarget(name) : null;
      if (hidden !== null) {
        if (name !== OPAQUE) fs.rmSync(`${directory.path}/${hidden}`, { recursive: true, force: true });
        return false;
      }
      const device = processPassthroughWhiteouts === true ? passthroughTarget(name) : null;
      if (device === null) return true;
      this.#makePresent(directory);
      placeWhiteoutDevice(`${directory.path}/${device}`, this.repo.loadFile(checksum).header, this.#place);
      return false;
    });
    if (this.#labeler === null) return files;
    return files.map(({ name, checksum }) => ({ name, checksum, label: this.#labelOf(`${where}${name}`, checksum) }));
  }

  #labelOf(where: string, checksum: Checksum): string | null {
    return this.#labeler?.label(where, this.repo.loadFile(checksum).header.mode) ?? null;
  }

  /** Hard links cannot leave a device, whatever the modes are. */
  #assertSameDevice(destination: string): void {
    if (!this.#place.requireHardlinks) return;
    const [src, dest] = [fs.statSync(this.repo.path).dev, fs.statSync(destination).dev];
    if (src === dest) return;
    const what = `Unable to do hardlink checkout across devices (src=${src} destination=${dest})`;
    throw new OstError('unsupported', what);
  }

  /** Waits for the threads, then completes the directories that were made here, deepest first. */
  async finish(): Promise<void> {
    await this.#runner.finish();
    rememberPlainFiles(this.repo, this.#plain);
    for (const { path: directory, meta } of this.#made.reverse()) finishDirectory(directory, meta, this.#place);
  }

  settle(): Promise<void> {
    return this.#runner.settle();
  }
}
