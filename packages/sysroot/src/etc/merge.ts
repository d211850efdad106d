import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { OstError } from '@ost/objects';
import { codeOf, isAbsent, notFound } from '../errors.js';
import { below, type CopyOptions, copyDirectoryAttributes, copyEntry, copyTree } from '../files/copy.js';
import { isDirectory, removeTree } from '../files/files.js';
import { diffDirectories, type EtcDiff } from './diff.js';

/** The three directories of a merge. */
export interface EtcMerge {
  /** Defaults of the deployment that is being left: its `usr/etc`. */
  readonly original: string;
  /** Its `etc`, with local changes. */
  readonly modified: string;
  /** `etc` of the new deployment, a fresh copy of its own defaults. */
  readonly target: string;
}

/** Options of {@link mergeEtc}. */
export interface EtcMergeOptions extends CopyOptions {
  /** Runs between comparing and changing. */
  readonly onDiff?: (diff: EtcDiff) => void;
  /** Hears of entries that are neither file, link nor directory; they are not carried over. */
  readonly onIgnored?: (path: string) => void;
}

/**
 * Carries local changes of `/etc` into a new deployment. What was changed locally always wins; the new defaults are
 * never consulted for content. An error leaves the target half-merged, and the deployment must be given up.
 */
export function mergeEtc(merge: EtcMerge, options: EtcMergeOptions = {}): EtcDiff {
  const diff = diffDirectories(merge.original, merge.modified);
  options.onDiff?.(diff);
  if (!isDirectory(merge.target)) throw notFound('opendir(etc): No such file or directory');
  const run = new Merge(Buffer.from(merge.modified), Buffer.from(merge.target), options);
  for (const path of diff.removed) run.remove(path);
  for (const path of diff.modified) run.carry(path);
  for (const path of diff.added) run.carry(path);
  return diff;
}

class Merge {
  constructor(
    private readonly modified: Buffer,
    private readonly target: Buffer,
    private readonly options: EtcMergeOptions,
  ) {}

  remove(path: Buffer): void {
    try {
      removeTree(below(this.target, path));
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }

  carry(path: Buffer): void {
    const from = below(this.modified, path);
    const to = below(this.target, path);
    const source = fs.lstatSync(from);
    this.#prepareParent(path);
    const present = fs.lstatSync(to, { throwIfNoEntry: false });
    if (present?.isDirectory() === true) {
      if (source.isDirectory()) return;
      const text = `Modified config file newly defaults to directory '${path.toString()}', cannot merge`;
      throw new OstError('state', text, { data: { path: path.toString() } });
    }
    if (present !== undefined) fs.unlinkSync(to);
    if (source.isDirectory()) copyTree(from, to, (other) => this.#ignored(other), this.options);
    else if (!copyEntry(from, to, this.options)) this.#ignored(from);
  }

  /** Makes the directories above a path, and gives the nearest one the attributes of its changed counterpart. */
  #prepareParent(path: Buffer): void {
    const parent = parentOf(path);
    if (parent === null) return;
    const to = below(this.target, parent);
    try {
      this.#makeDirectory(parent, to);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (fs.lstatSync(to).isDirectory()) {
        copyDirectoryAttributes(below(this.modified, parent), to, this.options);
        return;
      }
      throw new OstError('io', `opendir(${parent.toString()}): Not a directory`, { data: { path: parent.toString() } });
    }
    copyDirectoryAttributes(below(this.modified, parent), to, this.options);
  }

  #makeDirectory(parent: Buffer, to: Buffer): void {
    try {
      fs.mkdirSync(to, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#prepareParent(parent);
      fs.mkdirSync(to, { mode: 0o700 });
    }
  }

  #ignored(path: Buffer): void {
    this.options.onIgnored?.(path.subarray(this.modified.length + 1).toString());
  }
}

function parentOf(path: Buffer): Buffer | null {
  const parent = dirname(path.toString('latin1'));
  return parent === '.' ? null : Buffer.from(parent, 'latin1');
}
