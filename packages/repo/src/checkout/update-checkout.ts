import * as fs from 'node:fs';
import { type Checksum, OstError } from '@ost/objects';
import { mountsBelow } from '@ost/linux';
import type { Repo } from '../repo.js';
import { type DirectoryEntry, lookupDirectory, lookupPath } from '../tree/lookup.js';
import type { CheckoutOptions } from './checkout.js';
import { Checkout } from './checkout-run.js';
import { type KnownCheckout, type KnownTree, recallCheckout, rememberCheckout } from './known-directories.js';
import { Update } from './update-run.js';

/** Options of {@link updateCheckout}. */
export interface UpdateCheckoutOptions extends Pick<CheckoutOptions, 'processPassthroughWhiteouts' | 'signal'> {
  /**
   * A directory of the commit, an absolute path, that is also to be in the root under the name `to`, as files of its own,
   * as {@link checkout} with `forceCopy` makes them. Left out where the commit has no such directory, or has that name in
   * its root.
   */
  readonly copy?: { readonly from: string; readonly to: string };
  /**
   * Remember the directories that were found right, for the next update. What is remembered lies in `tmp/cache`; see
   * {@link forgetCheckouts}. @default false
   */
  readonly remember?: boolean;
  /**
   * With `remember`, what is not read again: nothing; the directories that are as they were when they were found right;
   * or all of those, without a look, for a tree that another update will make right before it is used. A `copy`, which
   * may have been written to, is always looked at. @default 'unchanged'
   */
  readonly trust?: 'nothing' | 'unchanged' | 'memory';
}

/** What {@link updateCheckout} had to do. */
export interface UpdateCheckoutResult {
  /** Whether there is a {@link UpdateCheckoutOptions.copy} now. */
  readonly copied: boolean;
  /** Files that were the right ones, not counting those in directories that were not read. */
  readonly kept: number;
  /** Directories that were looked at and not read, because they are as they were. */
  readonly unchanged: number;
  /** Files and directories that were removed, not counting what was below a directory. */
  readonly removed: number;
  /** Files that were placed, not counting those in new directories. */
  readonly placed: number;
  /** Directories that were made. */
  readonly made: number;
}

/**
 * Turns an older checkout of hard links into the checkout of another commit, and writes only what differs. The outcome
 * is that of {@link checkout} into a new directory, whatever has been done to the older one: a file counts as the right
 * one only when it is the object itself, by its inode; empty files, files of the `copy` and directories are compared in
 * all that they have. That costs some system calls for each directory, and none for links that stay. With `remember`, a
 * directory that an earlier update has found right costs one, and one for each of its files that are no links.
 *
 * After an error the directory is neither the old nor the new one, and can be updated again.
 *
 * @throws OstError `unsupported` in a repository that is not `bare`, `state` when something is mounted on the directory
 * or below it
 */
export async function updateCheckout(
  repo: Repo,
  commit: Checksum,
  directory: string,
  options: UpdateCheckoutOptions = {},
): Promise<UpdateCheckoutResult> {
  if (repo.mode !== 'bare') throw new OstError('unsupported', 'Only checkouts of bare repositories can be updated');
  const root = repo.loadCommit(commit);
  // Nothing outside of the directory must be removed.
  const [mount] = mountsBelow(directory);
  if (mount !== undefined) throw new OstError('state', `${mount} is a mount point`, { data: { path: mount } });
  const remembered = options.remember === true && options.trust !== 'nothing' ? recallCheckout(repo, directory) : null;
  const copy = findCopy(repo, root, options);
  const known = remembered !== null && (remembered.copy === null) === (copy === null) ? remembered : null;
  const { processPassthroughWhiteouts = false, signal } = options;
  const links = new Checkout(repo, options);
  const copies = new Checkout(repo, { forceCopy: true, ...(signal === undefined ? {} : { signal }) });
  const counts = { kept: 0, unchanged: 0, removed: 0, placed: 0, made: 0 };
  const context = { repo, signal, counts };
  const path = fs.realpathSync(directory);
  let seen: KnownCheckout;
  try {
    // The copy first: where it is made, the root is changed, which is looked at afterwards.
    let seenCopy: KnownTree | null = null;
    if (copy !== null) {
      const update = new Update({ ...context, checkout: copies, files: 'copies' });
      const seenDirectory = await update.directoryOrMake(`${path}/${copy.name}`, copy, known?.copy ?? null);
      seenCopy = { contents: copy.contents, meta: copy.meta, directory: seenDirectory };
      await copies.finish();
    }
    const trust = options.trust === 'memory' ? 'memory' : 'unchanged';
    const spared = copy?.name ?? null;
    const update = new Update({
      ...context,
      checkout: links,
      files: 'links',
      trust,
      spared,
      processPassthroughWhiteouts,
    });
    const seenDirectory = await update.directory(path, root, known?.tree ?? null);
    const tree = { contents: root.contents, meta: root.meta, directory: seenDirectory };
    seen = { tree, copy: seenCopy };
    await links.finish();
  } catch (error) {
    await copies.settle();
    await links.settle();
    throw error;
  }
  const learned = seen.tree.directory !== known?.tree.directory || seen.copy?.directory !== known.copy?.directory;
  if (options.remember === true && learned) rememberCheckout(repo, directory, seen);
  return { ...counts, copied: copy !== null };
}

/** The directory that is to be copied, and its name in the root; null when there is nothing to copy. */
function findCopy(
  repo: Repo,
  root: DirectoryEntry,
  { copy }: UpdateCheckoutOptions,
): (DirectoryEntry & { readonly name: string }) | null {
  if (copy === undefined || lookupPath(repo, root, `/${copy.to}`) !== null) return null;
  const found = lookupDirectory(repo, root, copy.from);
  return found === null ? null : { contents: found.contents, meta: found.meta, name: copy.to };
}
