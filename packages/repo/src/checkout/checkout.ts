import * as path from 'node:path';
import { type Checksum, OstError } from '@ost/objects';
import type { Repo } from '../repo.js';
import { firstMissing, lookupPath } from '../tree/lookup.js';
import type { OverwriteMode } from './checkout-job.js';
import { Checkout } from './checkout-run.js';
import type { CheckoutLabels } from './labels.js';

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
 * (repository format, "Checkout"). The main thread reads the tree, worker threads make its parts.
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
