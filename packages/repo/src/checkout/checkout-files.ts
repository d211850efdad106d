import * as fs from 'node:fs';
import * as path from 'node:path';
import { type DirMeta, isOstError, OstError, type RepoMode } from '@ost/objects';
import type { TaskContext } from '../pool/task.js';
import { temporaryName } from '../platform/files.js';
import { errnoOf, strerror } from '../platform/fs-errors.js';
import { ObjectStore } from '../store/object-store.js';
import { StoredFile } from '../store/stored-file.js';
import type {
  CheckoutFileJob,
  CheckoutFilesInput,
  CheckoutFilesOutput,
  CheckoutGroup,
  PlaceOptions,
} from './checkout-job.js';
import { copyFile, placeSymlink } from './copy-file.js';
import { finishDirectory, makeDirectory } from './directories.js';
import { EmptyFiles } from './empty-files.js';
import { PlainFiles } from './plain-files.js';
import { sameContent } from './same-content.js';
import { cachedFile } from './uncompressed-cache.js';

/** Makes directories and links or copies files out of the store into them; runs in worker threads. */
export async function run(input: CheckoutFilesInput, context: TaskContext): Promise<CheckoutFilesOutput> {
  const store = context.once('store', input.target.path, () => new ObjectStore(input.target));
  const emptyFiles = context.once('empty files', input.target.path, () => new EmptyFiles());
  const plainFiles = usesPlainFiles(input)
    ? context.once('plain files', input.target.path, () => new PlainFiles(input.target.path))
    : null;
  const placer = new FilePlacer(store, input.options, emptyFiles, plainFiles);
  for (const group of input.groups) await placeGroup(group, placer, input.options);
  return { bytesCopied: placer.bytesCopied, plain: plainFiles?.take() ?? [] };
}

function usesPlainFiles({ target, options }: CheckoutFilesInput): boolean {
  return target.mode === 'bare-user' && options.userMode && !options.forceCopy && !options.replaceDirectories;
}

async function placeGroup(group: CheckoutGroup, placer: FilePlacer, options: PlaceOptions): Promise<void> {
  const made: { path: string; meta: DirMeta }[] = [];
  for (const { path: directory, meta, label, files } of group) {
    if (meta !== null && makeDirectory(directory, meta, label, options)) made.push({ path: directory, meta });
    for (const { name, checksum, label: own } of files) {
      // Nearly all are linked at once; to wait for each would cost as much as the link.
      const copying = placer.place({ path: `${directory}/${name}`, checksum, label: own });
      if (copying !== undefined) await copying;
    }
  }
  // Whatever is put into a directory changes its time, so those below come first.
  for (const { path: directory, meta } of made.reverse()) finishDirectory(directory, meta, options);
}

/** Why a hard link is out of the question, or null when it is worth a try (repository format, "Per-file decision"). */
function linkObstacle(mode: RepoMode | null, userMode: boolean): string | null {
  if (mode === 'bare-user' && !userMode) return 'User repository mode requires user checkout mode to hardlink';
  if (mode === 'bare' && !userMode) return null;
  if ((mode === 'bare-user' || mode === 'bare-user-only') && userMode) return null;
  return 'Bare repository mode cannot hardlink in user checkout mode';
}

class FilePlacer {
  bytesCopied = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly options: PlaceOptions,
    private readonly emptyFiles: EmptyFiles,
    private readonly plainFiles: PlainFiles | null,
  ) {}

  /** Places a file: at once, unless its content is copied. */
  place(job: CheckoutFileJob): Promise<void> | undefined {
    const { options } = this;
    if (this.plainFiles?.has(job.checksum) === true && this.#linkPlain(job)) return undefined;
    const file = this.store.loadFile(job.checksum);
    const { mode } = file.content;
    // A symlink is a link of its own only where the store holds it as one and its owner may be shared.
    if (options.replaceDirectories) removeDirectory(job.path);
    if (file.isSymlink && !(mode === 'bare' && !options.userMode && !options.forceCopy)) {
      placeSymlink(file.header, job, options);
      return undefined;
    }
    const empty = this.emptyFiles.has(file, job.checksum);
    const unreadable = options.userMode && !file.isSymlink && (file.header.mode & 0o400) === 0;
    if (!options.forceCopy && !empty && !unreadable) {
      if (mode === 'bare-user') this.plainFiles?.learn(job.checksum);
      const obstacle = linkObstacle(mode, options.userMode);
      if (obstacle === null && this.#link(file, job, file.content.path)) return undefined;
      if (obstacle !== null && options.requireHardlinks) throw new OstError('unsupported', obstacle);
      if (options.useCache && options.userMode && mode === 'archive') return this.#linkCached(file, job);
    }
    if (!file.isSymlink) return this.#copy(file, job);
    placeSymlink(file.header, job, options);
    return undefined;
  }

  /** False for whatever stands in the way: the general way finds out what it is. */
  #linkPlain(job: CheckoutFileJob): boolean {
    try {
      fs.linkSync(this.store.path('file', job.checksum), job.path);
      return true;
    } catch {
      return false;
    }
  }

  async #linkCached(file: StoredFile, job: CheckoutFileJob): Promise<void> {
    const cached = await cachedFile(this.store.target.path, file, job.checksum);
    if (!this.#link(file, job, cached)) await this.#copy(file, job);
  }

  /** Tries a hard link; false when the file must be copied instead. */
  #link(file: StoredFile, job: CheckoutFileJob, source: string): boolean {
    try {
      fs.linkSync(source, job.path);
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EEXIST') return this.#linkOver(file, job, source, error);
      if (errno === 'EXDEV' && this.options.requireHardlinks) {
        const [src, dest] = [fs.lstatSync(source).dev, fs.lstatSync(path.dirname(job.path)).dev];
        const what = `Unable to do hardlink checkout across devices (src=${src} destination=${dest})`;
        throw new OstError('unsupported', what, { cause: error });
      }
      if (!this.options.requireHardlinks && (errno === 'EMLINK' || errno === 'EXDEV' || errno === 'EPERM'))
        return false;
      throw linkFailure(job, error);
    }
  }

  #linkOver(file: StoredFile, job: CheckoutFileJob, source: string, error: unknown): boolean {
    switch (this.options.overwrite) {
      case 'add':
        return true;
      case 'union': {
        // Whoever made a file that is the same keeps it, as in libostree.
        if (sameContent(job.path, linkable(file, source), this.store, 'stat')) return true;
        const temporary = path.join(this.store.target.path, 'tmp', temporaryName('checkout-union-'));
        fs.linkSync(source, temporary);
        replaceBy(temporary, job.path, path.basename(temporary));
        return true;
      }
      case 'identical':
        if (sameContent(job.path, linkable(file, source), this.store, 'stat')) return true;
        throw linkFailure(job, error);
      case 'none':
        throw linkFailure(job, error);
    }
  }

  async #copy(file: StoredFile, job: CheckoutFileJob): Promise<void> {
    const { overwrite } = this.options;
    const options = { ...this.options, disableXattrs: this.store.target.disableXattrs };
    try {
      const exists = fs.lstatSync(job.path, { throwIfNoEntry: false }) !== undefined;
      if (exists && overwrite === 'add') return;
      if (exists && overwrite === 'identical' && sameContent(job.path, file, this.store, 'checksum')) return;
      if (exists && overwrite !== 'union')
        throw new OstError('already-exists', 'linkat: File exists', { data: { path: job.path } });
      if (exists) {
        const temporary = path.join(path.dirname(job.path), temporaryName('.tmp-'));
        await copyFile(file, temporary, options, job.label);
        replaceBy(temporary, job.path, './tmp.XXXXXX');
      } else await copyFile(file, job.path, options, job.label);
      this.bytesCopied += file.size;
    } catch (error) {
      const text = isOstError(error) ? error.message : strerror(error);
      const code = isOstError(error) && error.code === 'already-exists' ? error.code : 'io';
      throw new OstError(code, `Copy checkout of ${job.checksum} to ${path.basename(job.path)}: ${text}`, {
        cause: error,
        data: { path: job.path, checksum: job.checksum },
      });
    }
  }
}

/** A file as it would be linked: from the store, or from the cache. */
function linkable(file: StoredFile, source: string): StoredFile {
  return new StoredFile(file.header, file.size, { path: source, offset: 0, compressed: false, mode: null });
}

/** Renames a finished temporary file over the destination; the temporary file never stays behind. */
function replaceBy(temporary: string, destination: string, shown: string): void {
  try {
    fs.renameSync(temporary, destination);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw new OstError('io', `renameat(${shown}, ${path.basename(destination)}): ${strerror(error)}`, { cause: error });
  }
}

function removeDirectory(destination: string): void {
  if (fs.lstatSync(destination, { throwIfNoEntry: false })?.isDirectory() === true) {
    fs.rmSync(destination, { recursive: true });
  }
}

function linkFailure(job: CheckoutFileJob, error: unknown): OstError {
  const object = `${job.checksum.slice(0, 2)}/${job.checksum.slice(2)}.file`;
  const what = `Hardlinking ${object} to ${path.basename(job.path)}: ${strerror(error)}`;
  const code = errnoOf(error) === 'EEXIST' ? 'already-exists' : 'io';
  return new OstError(code, what, { cause: error, data: { path: job.path, checksum: job.checksum } });
}
