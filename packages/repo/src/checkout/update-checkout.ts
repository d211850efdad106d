import * as fs from 'node:fs';
import { type Checksum, compareBytes, type DirMeta, type FileHeader, OstError, type Xattrs } from '@ost/objects';
import { lremovexattr, lsetxattr, mountsBelow } from '@ost/linux';
import type { Repo } from '../repo.js';
import { selinuxXattrName } from '../selinux/label-xattr.js';
import { readXattrs } from '../store/xattrs.js';
import type { CheckoutOptions } from './checkout.js';
import type { CheckoutEntry } from './checkout-job.js';
import { Checkout } from './checkout-run.js';
import { childPath, InodeIndex } from './inode-index.js';
import { passthroughTarget } from './whiteouts.js';

/** Options of {@link updateCheckout}. */
export type UpdateCheckoutOptions = Pick<CheckoutOptions, 'processPassthroughWhiteouts' | 'signal'>;

/** What {@link updateCheckout} had to do. */
export interface UpdateCheckoutResult {
  /** Files that were the right ones. */
  readonly kept: number;
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
 * one only when it is the object itself, by its inode; empty files and directories are compared in all that they have.
 * That costs one system call for each directory, and none for files that stay.
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
  const { contents, meta } = repo.loadCommit(commit);
  // Nothing outside of the directory must be removed.
  const [mount] = mountsBelow(directory);
  if (mount !== undefined) throw new OstError('state', `${mount} is a mount point`, { data: { path: mount } });
  const checkout = new Checkout(repo, options);
  const update = new Update(repo, checkout, options);
  try {
    await update.directory(Buffer.from(fs.realpathSync(directory)), { contents, meta }, '/');
    await checkout.finish();
  } catch (error) {
    await checkout.settle();
    throw error;
  }
  return update.result;
}

class Update {
  readonly result = { kept: 0, removed: 0, placed: 0, made: 0 };
  readonly #inodes: InodeIndex;
  readonly #metas = new Map<Checksum, DirMeta>();

  constructor(
    private readonly repo: Repo,
    private readonly checkout: Checkout,
    private readonly options: UpdateCheckoutOptions,
  ) {
    this.#inodes = new InodeIndex(`${repo.path}/objects`);
  }

  /** @param where path of the directory in the commit */
  async directory(path: Buffer, tree: { contents: Checksum; meta: Checksum }, where: string): Promise<void> {
    this.options.signal?.throwIfAborted();
    const { files, dirs } = this.repo.loadDirTree(tree.contents);
    const present = new Map(this.#inodes.list(path).map(({ name, ino }) => [name, ino]));
    let changed = this.#fixAttributes(path, this.#metaOf(tree.meta));
    const missing: CheckoutEntry[] = [];
    for (const { name, checksum } of files) {
      const key = latin1(name);
      if (this.#isRight(path, name, present.get(key), checksum)) {
        present.delete(key);
        this.result.kept++;
      } else missing.push({ name, checksum });
    }
    const below: (typeof dirs)[number][] = [];
    const made: (typeof dirs)[number][] = [];
    for (const dir of dirs) {
      const key = latin1(dir.name);
      const there = present.has(key) && fs.lstatSync(childPath(path, key)).isDirectory();
      if (there) present.delete(key);
      (there ? below : made).push(dir);
    }
    // What is left has no business here, or stands where something else belongs.
    for (const name of present.keys()) this.#remove(childPath(path, name));
    changed ||= present.size + missing.length + made.length > 0;
    this.result.removed += present.size;
    this.result.placed += missing.length;
    this.result.made += made.length;
    const text = path.toString();
    if (changed) await this.checkout.files(text, missing, where, tree.meta);
    for (const dir of made) await this.checkout.directory(`${text}/${dir.name}`, dir, `${where}${dir.name}/`);
    for (const dir of below) await this.directory(childPath(path, latin1(dir.name)), dir, `${where}${dir.name}/`);
  }

  /** Whether an entry is what a checkout would make of a file. */
  #isRight(directory: Buffer, name: string, ino: bigint | undefined, checksum: Checksum): boolean {
    if (ino === undefined) return false;
    if (this.options.processPassthroughWhiteouts === true && passthroughTarget(name) !== null) return false;
    if (ino === this.#inodes.ofFile(checksum)) return true;
    const file = this.repo.loadFile(checksum);
    return !file.isSymlink && file.size === 0 && isEmptyCopy(childPath(directory, latin1(name)), file.header);
  }

  /** Whether time, owner, mode or attributes of a directory are not as they must be; attributes are set at once. */
  #fixAttributes(path: Buffer, meta: DirMeta): boolean {
    const stat = fs.lstatSync(path);
    const text = path.toString();
    const [wanted, found] = [meta.xattrs, readXattrs(text)];
    const wrong = !sameXattrs(wanted, found);
    if (wrong) {
      for (const { name } of found) if (!isLabel(name) && !has(wanted, name)) lremovexattr(text, name);
      for (const { name, value } of wanted) lsetxattr(text, name, value);
    }
    return wrong || stat.mtimeMs !== 0 || stat.mode !== meta.mode || stat.uid !== meta.uid || stat.gid !== meta.gid;
  }

  #remove(path: Buffer): void {
    if (fs.lstatSync(path).isDirectory()) {
      for (const { name } of this.#inodes.list(path)) this.#remove(childPath(path, name));
      fs.rmdirSync(path);
    } else fs.unlinkSync(path);
  }

  #metaOf(checksum: Checksum): DirMeta {
    let meta = this.#metas.get(checksum);
    if (meta === undefined) this.#metas.set(checksum, (meta = this.repo.loadDirMeta(checksum)));
    return meta;
  }
}

/** A file without content is never linked, so that it is compared in all that it has. */
function isEmptyCopy(path: Buffer, header: FileHeader): boolean {
  const stat = fs.lstatSync(path);
  if (!stat.isFile() || stat.size !== 0 || stat.nlink !== 1) return false;
  if (stat.mode !== header.mode || stat.uid !== header.uid || stat.gid !== header.gid) return false;
  return sameXattrs(header.xattrs, readXattrs(path.toString()));
}

function sameXattrs(wanted: Xattrs, found: Xattrs): boolean {
  // The kernel gives a label to what has none.
  const counted = found.filter(({ name }) => !isLabel(name) || has(wanted, name));
  return (
    counted.length === wanted.length &&
    counted.every((one, index) => {
      const other = wanted[index] as Xattrs[number];
      return compareBytes(one.name, other.name) === 0 && compareBytes(one.value, other.value) === 0;
    })
  );
}

function isLabel(name: Uint8Array): boolean {
  return compareBytes(name, selinuxXattrName) === 0;
}

function has(xattrs: Xattrs, name: Uint8Array): boolean {
  return xattrs.some((one) => compareBytes(one.name, name) === 0);
}

/** A name of the repository as directories are listed. */
function latin1(name: string): string {
  return Buffer.from(name).toString('latin1');
}
