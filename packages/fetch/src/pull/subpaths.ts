/** Which entries of a tree a pull wants. */
export class Subpaths {
  /** Wanted paths without trailing slash; null for everything. */
  readonly #wanted: readonly string[] | null;

  constructor(paths: readonly string[]) {
    const wanted = paths.map((path) => path.replace(/\/+$/, ''));
    this.#wanted = wanted.length === 0 || wanted.includes('') ? null : wanted;
  }

  /** True when every entry is wanted. */
  get all(): boolean {
    return this.#wanted === null;
  }

  /** True for a wanted entry, for what is below one, and for a directory on the way to one. */
  matches(path: string, directory: boolean): boolean {
    if (this.#wanted === null) return true;
    return this.#wanted.some((w) => path === w || path.startsWith(`${w}/`) || (directory && w.startsWith(`${path}/`)));
  }
}
