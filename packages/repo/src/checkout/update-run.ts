import * as fs from 'node:fs';
import { lremovexattr, lsetxattr } from '@ost/linux';
import { type Checksum, type DirMeta, type DirTreeDir, isOstError } from '@ost/objects';
import { Identities, type Identity } from '../platform/identities.js';
import type { Repo } from '../repo.js';
import { isLabel } from '../selinux/label-xattr.js';
import { readXattrs } from '../store/xattrs.js';
import type { DirectoryEntry } from '../tree/lookup.js';
import type { CheckoutEntry } from './checkout-job.js';
import type { Checkout } from './checkout-run.js';
import { childPath, InodeIndex } from './inode-index.js';
import { isUnchanged, type KnownDirectory, type KnownTree } from './known-directories.js';
import { hasXattr, hasXattrs, isOwnCopy } from './own-copy.js';
import { passthroughTarget } from './whiteouts.js';

/** What an update had to do; see `UpdateCheckoutResult`. */
export type UpdateCounts = Record<'kept' | 'unchanged' | 'removed' | 'placed' | 'made', number>;

/** What an update does, and with what. */
export interface UpdateContext {
  readonly repo: Repo;
  /** Places what is missing. */
  readonly checkout: Checkout;
  /** Whether files are to be hard links of the objects, but for empty ones, or files of their own. */
  readonly files: 'links' | 'copies';
  /** What is done is counted here. */
  readonly counts: UpdateCounts;
  /** With `memory`, what is known is not looked at. @default 'unchanged' */
  readonly trust?: 'unchanged' | 'memory';
  readonly processPassthroughWhiteouts?: boolean;
  /** Name in the root that is somebody else's. */
  readonly spared?: string | null;
  readonly signal: AbortSignal | undefined;
}

type Identified = ReadonlyMap<string, Identity>;

/** An update under way of a tree, or of a part of one. */
export class Update {
  readonly #inodes: InodeIndex;
  readonly #metas = new Map<Checksum, DirMeta>();
  readonly #identities = new Identities();
  readonly #unchangedOnes = new Set<KnownDirectory>();

  constructor(private readonly context: UpdateContext) {
    this.#inodes = new InodeIndex(`${context.repo.path}/objects`);
  }

  /**
   * Updates a directory.
   * @param known what it was, as far as that is known
   * @param where path of the directory in the commit
   * @returns what is known of it now
   */
  async directory(
    path: string,
    tree: DirectoryEntry,
    known: KnownTree | null,
    where: string = '/',
  ): Promise<KnownDirectory> {
    const { trust, signal } = this.context;
    signal?.throwIfAborted();
    if (known !== null && known.contents === tree.contents && known.meta === tree.meta) {
      const { directory } = known;
      if (trust === 'memory') return directory;
      if (this.#isUnchanged(path, directory)) return this.#unchanged(path, tree, where, directory);
    }
    return this.#read(path, tree, where, known);
  }

  /** The same, where there may be none, or something else. */
  async directoryOrMake(path: string, tree: DirectoryEntry, known: KnownTree | null): Promise<KnownDirectory> {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return this.directory(path, tree, known);
    const { checkout, counts } = this.context;
    if (stat !== undefined) {
      fs.unlinkSync(path);
      counts.removed++;
    }
    counts.made++;
    await checkout.directory(path, tree, '/');
    return ['', [], []];
  }

  /** A directory that has the names, and the files, that it should have; those in it may have changed. */
  async #unchanged(path: string, tree: DirectoryEntry, where: string, known: KnownDirectory): Promise<KnownDirectory> {
    if (this.#isUnchangedBelow(path, known)) return known;
    const [identity, own, before] = known;
    const { dirs } = this.context.repo.loadDirTree(tree.contents);
    const now = await this.#below(path, dirs, where, knownBelow(known, dirs));
    const all = now.every(([, dir], index) => dir === before[index]?.[1]);
    return all ? known : [identity, own, now];
  }

  /** Updates directories that are there. */
  async #below(
    path: string,
    dirs: readonly DirTreeDir[],
    where: string,
    known: ReadonlyMap<string, KnownTree>,
  ): Promise<KnownDirectory[2]> {
    const seen: [string, KnownDirectory][] = [];
    for (const dir of dirs) {
      const { name } = dir;
      seen.push([name, await this.directory(`${path}/${name}`, dir, known.get(name) ?? null, `${where}${name}/`)]);
    }
    return seen;
  }

  /** Whether a directory is as it was; looks at it once. */
  #isUnchanged(path: string, known: KnownDirectory): boolean {
    if (this.#unchangedOnes.has(known)) return true;
    if (!isUnchanged(this.#identities, path, known)) return false;
    this.#unchangedOnes.add(known);
    this.context.counts.unchanged++;
    return true;
  }

  /** Whether all directories below one are as they were. Nearly all are, and to wait for each would cost as much as the look. */
  #isUnchangedBelow(path: string, [, , dirs]: KnownDirectory): boolean {
    for (const [name, dir] of dirs) {
      const below = `${path}/${name}`;
      if (!this.#isUnchanged(below, dir) || !this.#isUnchangedBelow(below, dir)) return false;
    }
    return true;
  }

  /** Looks at all that is in a directory. */
  async #read(text: string, tree: DirectoryEntry, where: string, known: KnownTree | null): Promise<KnownDirectory> {
    const { repo, checkout, counts, spared = null } = this.context;
    const path = Buffer.from(text);
    // Before it is read, so that whatever happens meanwhile changes it.
    const identity = this.#identities.of(text);
    const { files, dirs } = repo.loadDirTree(tree.contents);
    const present = new Map(this.#inodes.list(path).map(({ name, ino }) => [name, ino]));
    if (where === '/' && spared !== null) present.delete(latin1(spared));
    let changed = this.#fixAttributes(path, this.#metaOf(tree.meta));
    const missing: CheckoutEntry[] = [];
    const own: [string, Identity][] = [];
    // With other contents a file of the same name may be another one.
    const identified: Identified = new Map(known?.contents === tree.contents ? known.directory[1] : []);
    for (const { name, checksum } of files) {
      const key = latin1(name);
      const found = this.#compare(path, name, present.get(key), checksum, identified);
      if (found === null) missing.push({ name, checksum });
      else {
        present.delete(key);
        counts.kept++;
        if (found !== 'linked') own.push([name, found.own]);
      }
    }
    const below: DirTreeDir[] = [];
    const made: DirTreeDir[] = [];
    for (const dir of dirs) {
      const key = latin1(dir.name);
      const there = present.has(key) && fs.lstatSync(childPath(path, key)).isDirectory();
      if (there) present.delete(key);
      (there ? below : made).push(dir);
    }
    // What is left has no business here, or stands where something else belongs.
    for (const name of present.keys()) this.#remove(childPath(path, name));
    changed ||= present.size + missing.length + made.length > 0;
    counts.removed += present.size;
    counts.placed += missing.length;
    counts.made += made.length;
    if (changed) await checkout.files(text, missing, where, tree.meta);
    for (const dir of made) await checkout.directory(`${text}/${dir.name}`, dir, `${where}${dir.name}/`);
    const seen = await this.#below(text, below, where, this.#recallBelow(known));
    return [changed ? '' : identity, own, seen];
  }

  /** What the directories in a directory were. The commit that it was made from tells, which may be gone, or damaged. */
  #recallBelow(known: KnownTree | null): ReadonlyMap<string, KnownTree> {
    if (known === null) return new Map();
    try {
      return knownBelow(known.directory, this.context.repo.loadDirTree(known.contents).dirs);
    } catch (error) {
      if (isOstError(error)) return new Map();
      throw error;
    }
  }

  /** Whether an entry is what a checkout would make of a file, and how; null when it is not. */
  #compare(
    directory: Buffer,
    name: string,
    ino: bigint | undefined,
    checksum: Checksum,
    identified: Identified,
  ): 'linked' | { readonly own: Identity } | null {
    const { repo, files, processPassthroughWhiteouts } = this.context;
    if (ino === undefined) return null;
    if (processPassthroughWhiteouts === true && passthroughTarget(name) !== null) return null;
    const path = childPath(directory, latin1(name)).toString();
    if (files === 'copies') {
      const own = this.#identities.of(path);
      const sure = own !== '' && own === identified.get(name);
      return sure || isOwnCopy(path, repo.loadFile(checksum), repo.store) ? { own } : null;
    }
    if (ino === this.#inodes.ofFile(checksum)) return 'linked';
    const file = repo.loadFile(checksum);
    // A file without content is never linked.
    if (file.isSymlink || file.size > 0) return null;
    const own = this.#identities.of(path);
    return isOwnCopy(path, file, repo.store) ? { own } : null;
  }

  /** Whether owner, mode, attributes or the time that links have are not as they must be; attributes are set at once. */
  #fixAttributes(path: Buffer, meta: DirMeta): boolean {
    const stat = fs.lstatSync(path);
    const text = path.toString();
    const [wanted, found] = [meta.xattrs, readXattrs(text)];
    const wrong = !hasXattrs(wanted, found);
    if (wrong) {
      for (const { name } of found) if (!isLabel(name) && !hasXattr(wanted, name)) lremovexattr(text, name);
      for (const { name, value } of wanted) lsetxattr(text, name, value);
    }
    const untimely = this.context.files === 'links' && stat.mtimeMs !== 0;
    return wrong || untimely || stat.mode !== meta.mode || stat.uid !== meta.uid || stat.gid !== meta.gid;
  }

  #remove(path: Buffer): void {
    if (fs.lstatSync(path).isDirectory()) {
      for (const { name } of this.#inodes.list(path)) this.#remove(childPath(path, name));
      fs.rmdirSync(path);
    } else fs.unlinkSync(path);
  }

  #metaOf(checksum: Checksum): DirMeta {
    let meta = this.#metas.get(checksum);
    if (meta === undefined) this.#metas.set(checksum, (meta = this.context.repo.loadDirMeta(checksum)));
    return meta;
  }
}

/** Those of these directories, as they were in the commit, that are known. */
function knownBelow([, , known]: KnownDirectory, dirs: readonly DirTreeDir[]): ReadonlyMap<string, KnownTree> {
  const directories = new Map(known);
  const trees = new Map<string, KnownTree>();
  for (const { name, contents, meta } of dirs) {
    const directory = directories.get(name);
    if (directory !== undefined) trees.set(name, { contents, meta, directory });
  }
  return trees;
}

/** A name of the repository as directories are listed. */
function latin1(name: string): string {
  return Buffer.from(name).toString('latin1');
}
