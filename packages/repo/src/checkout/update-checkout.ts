import * as fs from 'node:fs';
import { type Checksum, compareBytes, type DirMeta, type FileHeader, OstError, type Xattrs } from '@ost/objects';
import { lremovexattr, lsetxattr, mountsBelow } from '@ost/linux';
import { Identities, type Identity } from '../platform/identities.js';
import type { Repo } from '../repo.js';
import { selinuxXattrName } from '../selinux/label-xattr.js';
import { readXattrs } from '../store/xattrs.js';
import type { CheckoutOptions } from './checkout.js';
import type { CheckoutEntry } from './checkout-job.js';
import { Checkout } from './checkout-run.js';
import { childPath, InodeIndex } from './inode-index.js';
import { isUnchanged, type KnownDirectory, recallDirectories, rememberDirectories } from './known-directories.js';
import { passthroughTarget } from './whiteouts.js';

/** Options of {@link updateCheckout}. */
export interface UpdateCheckoutOptions extends Pick<CheckoutOptions, 'processPassthroughWhiteouts' | 'signal'> {
  /**
   * Remember the directories that were found right, for the next update. What is remembered lies in `tmp/cache`; see
   * {@link forgetCheckouts}. @default false
   */
  readonly remember?: boolean;
  /**
   * With `remember`, what is not read again: nothing; the directories that are as they were when they were found right;
   * or all of those, without a look, for a tree that another update will make right before it is used.
   * @default 'unchanged'
   */
  readonly trust?: 'nothing' | 'unchanged' | 'memory';
}

/** What {@link updateCheckout} had to do. */
export interface UpdateCheckoutResult {
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
 * one only when it is the object itself, by its inode; empty files and directories are compared in all that they have.
 * That costs some system calls for each directory, and none for files that stay. With `remember`, a directory that an
 * earlier update has found right costs one.
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
  const known = options.remember === true && options.trust !== 'nothing' ? recallDirectories(repo, directory) : null;
  let seen: KnownDirectory;
  try {
    seen = await update.directory(fs.realpathSync(directory), { contents, meta }, '/', known);
    await checkout.finish();
  } catch (error) {
    await checkout.settle();
    throw error;
  }
  if (options.remember === true && seen !== known) rememberDirectories(repo, directory, seen);
  return update.result;
}

/** A directory of a commit. */
interface Tree {
  readonly contents: Checksum;
  readonly meta: Checksum;
}

class Update {
  readonly result = { kept: 0, unchanged: 0, removed: 0, placed: 0, made: 0 };
  readonly #inodes: InodeIndex;
  readonly #metas = new Map<Checksum, DirMeta>();
  readonly #identities = new Identities();

  constructor(
    private readonly repo: Repo,
    private readonly checkout: Checkout,
    private readonly options: UpdateCheckoutOptions,
  ) {
    this.#inodes = new InodeIndex(`${repo.path}/objects`);
  }

  /**
   * @param where path of the directory in the commit
   * @returns what is known of it now
   */
  async directory(path: string, tree: Tree, where: string, known: KnownDirectory | null): Promise<KnownDirectory> {
    this.options.signal?.throwIfAborted();
    const same = known !== null && known[1] === tree.contents && known[2] === tree.meta;
    if (same && this.options.trust === 'memory') return known;
    if (same && isUnchanged(this.#identities, path, known)) return this.#unchanged(path, where, known);
    return this.#read(path, tree, where, new Map(known?.[4]));
  }

  /** A directory that has the names, and the files, that it should have; those in it may have changed. */
  async #unchanged(path: string, where: string, known: KnownDirectory): Promise<KnownDirectory> {
    const [identity, contents, meta, empty, before] = known;
    this.result.unchanged++;
    const dirs: [string, KnownDirectory][] = [];
    for (const [name, dir] of before) {
      const tree = { contents: dir[1], meta: dir[2] };
      dirs.push([name, await this.directory(`${path}/${name}`, tree, `${where}${name}/`, dir)]);
    }
    const all = dirs.every(([, dir], index) => dir === before[index]?.[1]);
    return all ? known : [identity, contents, meta, empty, dirs];
  }

  /** Looks at all that is in a directory. */
  async #read(
    text: string,
    tree: Tree,
    where: string,
    known: ReadonlyMap<string, KnownDirectory>,
  ): Promise<KnownDirectory> {
    const path = Buffer.from(text);
    // Before it is read, so that whatever happens meanwhile changes it.
    const identity = this.#identities.of(text);
    const { files, dirs } = this.repo.loadDirTree(tree.contents);
    const present = new Map(this.#inodes.list(path).map(({ name, ino }) => [name, ino]));
    let changed = this.#fixAttributes(path, this.#metaOf(tree.meta));
    const missing: CheckoutEntry[] = [];
    const empty: [string, Identity][] = [];
    for (const { name, checksum } of files) {
      const key = latin1(name);
      const found = this.#compare(path, name, present.get(key), checksum);
      if (found === null) missing.push({ name, checksum });
      else {
        present.delete(key);
        this.result.kept++;
        if (found !== 'linked') empty.push([name, found.empty]);
      }
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
    if (changed) await this.checkout.files(text, missing, where, tree.meta);
    for (const dir of made) await this.checkout.directory(`${text}/${dir.name}`, dir, `${where}${dir.name}/`);
    const seen: [string, KnownDirectory][] = [];
    for (const dir of below) {
      const { name } = dir;
      const now = await this.directory(`${text}/${name}`, dir, `${where}${name}/`, known.get(name) ?? null);
      seen.push([name, now]);
    }
    return [changed ? '' : identity, tree.contents, tree.meta, empty, seen];
  }

  /** Whether an entry is what a checkout would make of a file, and how; null when it is not. */
  #compare(
    directory: Buffer,
    name: string,
    ino: bigint | undefined,
    checksum: Checksum,
  ): 'linked' | { readonly empty: Identity } | null {
    if (ino === undefined) return null;
    if (this.options.processPassthroughWhiteouts === true && passthroughTarget(name) !== null) return null;
    if (ino === this.#inodes.ofFile(checksum)) return 'linked';
    const file = this.repo.loadFile(checksum);
    if (file.isSymlink || file.size > 0) return null;
    const path = childPath(directory, latin1(name));
    const empty = this.#identities.of(path.toString());
    return isEmptyCopy(path, file.header) ? { empty } : null;
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
