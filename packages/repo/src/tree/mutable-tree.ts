import { assertFileName, type Checksum, compareNames, type DirTree, encodeDirTree, OstError } from '@ost/objects';
import type { ObjectWriter } from '../store/object-writer.js';

/** Loads the directories that a tree is based on. */
export interface DirTreeLoader {
  loadDirTree(checksum: Checksum): DirTree;
}

/** Told of every directory that is written, for `ostree.sizes`. */
export type OnDirTree = (checksum: Checksum, size: number) => void;

/**
 * A directory tree that is being put together from several sources. Directories of existing commits are read only
 * when something below them changes, and an untouched one keeps its checksum.
 */
export class MutableTree {
  readonly #files = new Map<string, Checksum>();
  readonly #dirs = new Map<string, MutableTree>();
  #base: { readonly loader: DirTreeLoader; readonly contents: Checksum } | null = null;
  /** Dirmeta of this directory; null until a source says. */
  meta: Checksum | null = null;

  /** A tree that starts as an existing directory. */
  static from(loader: DirTreeLoader, contents: Checksum, meta: Checksum): MutableTree {
    const tree = new MutableTree();
    tree.become(loader, contents, meta);
    return tree;
  }

  /** Makes this empty tree an existing directory. */
  become(loader: DirTreeLoader, contents: Checksum, meta: Checksum): void {
    this.#base = { loader, contents };
    this.meta = meta;
  }

  /** The checksum of this directory if it is an unchanged existing one. */
  get unchanged(): Checksum | null {
    return this.#base?.contents ?? null;
  }

  /** True when nothing has been put into it. */
  get isEmpty(): boolean {
    return this.#base === null && this.#files.size === 0 && this.#dirs.size === 0;
  }

  #expand(): void {
    const base = this.#base;
    if (base === null) return;
    this.#base = null;
    const { files, dirs } = base.loader.loadDirTree(base.contents);
    for (const { name, checksum } of files) this.#files.set(name, checksum);
    for (const { name, contents, meta } of dirs) this.#dirs.set(name, MutableTree.from(base.loader, contents, meta));
  }

  /** Files and symlinks by name. */
  get files(): ReadonlyMap<string, Checksum> {
    this.#expand();
    return this.#files;
  }

  /** Subdirectories by name. */
  get dirs(): ReadonlyMap<string, MutableTree> {
    this.#expand();
    return this.#dirs;
  }

  /**
   * Puts a file or symlink here, replacing one of the same name.
   * @throws OstError `invalid-name`, or `state` when a directory has the name
   */
  setFile(name: string, checksum: Checksum): void {
    assertFileName(name);
    this.#expand();
    if (this.#dirs.has(name))
      throw new OstError('state', `Can't replace directory with file: ${name}`, { data: { name } });
    this.#files.set(name, checksum);
  }

  /**
   * The subdirectory of that name, made when it is missing.
   * @throws OstError `invalid-name`, or `state` when a file has the name
   */
  ensureDir(name: string): MutableTree {
    assertFileName(name);
    this.#expand();
    if (this.#files.has(name))
      throw new OstError('state', `Can't replace file with directory: ${name}`, { data: { name } });
    let dir = this.#dirs.get(name);
    if (dir === undefined) this.#dirs.set(name, (dir = new MutableTree()));
    return dir;
  }

  /** Puts an existing directory here as it is, replacing what has the name. */
  setDir(name: string, dir: MutableTree): void {
    assertFileName(name);
    this.#expand();
    this.#files.delete(name);
    this.#dirs.set(name, dir);
  }

  /** Removes an entry; tells whether it was there. */
  remove(name: string): boolean {
    this.#expand();
    return this.#files.delete(name) || this.#dirs.delete(name);
  }

  /** Follows directory names; null when one is missing. */
  lookup(names: readonly string[]): MutableTree | null {
    return names.reduce<MutableTree | undefined>((tree, name) => tree?.dirs.get(name), this) ?? null;
  }

  /**
   * Writes the directory now, and keeps no more of it than its checksum: memory is for directories that still change.
   * @throws OstError `state` when a directory below has no dirmeta
   */
  settle(loader: DirTreeLoader, writer: ObjectWriter, onDirTree?: OnDirTree): void {
    const contents = this.write(writer, onDirTree);
    this.#files.clear();
    this.#dirs.clear();
    this.#base = { loader, contents };
  }

  /**
   * Writes every changed directory bottom-up.
   * @returns the dirtree checksum of this directory
   * @throws OstError `state` when a directory has no dirmeta
   */
  write(writer: ObjectWriter, onDirTree?: OnDirTree): Checksum {
    if (this.#base !== null) return this.#base.contents;
    const dirs = [...this.#dirs].map(([name, dir]) => {
      if (dir.meta === null) throw new OstError('state', `Directory ${name} has no metadata`);
      return { name, contents: dir.write(writer, onDirTree), meta: dir.meta };
    });
    const files = [...this.#files].map(([name, checksum]) => ({ name, checksum }));
    const byName = (a: { name: string }, b: { name: string }): number => compareNames(a.name, b.name);
    const bytes = encodeDirTree({ files: files.sort(byName), dirs: dirs.sort(byName) });
    const checksum = writer.writeMetadata('dirtree', bytes);
    onDirTree?.(checksum, bytes.length);
    return checksum;
  }
}
