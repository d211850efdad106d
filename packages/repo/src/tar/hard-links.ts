import { type Checksum, OstError } from '@ost/objects';
import type { MutableTree } from '../tree/mutable-tree.js';
import { splitPath } from './archive-path.js';

interface Link {
  readonly parent: MutableTree;
  readonly name: string;
}

interface Target {
  readonly links: Link[];
  /** Content that came with a link instead of the file itself, as the last link of newc has it. */
  payload: Checksum | null;
}

/** The hard links of an archive, which are made when all its files are there: a link may come before its file. */
export class HardLinks {
  readonly #targets = new Map<string, Target>();
  /** What each link points at, for links to links. */
  readonly #paths = new Map<string, string>();

  constructor(private readonly root: MutableTree) {}

  /** Notes a link; `payload` is the file that came with it, if any. */
  add(path: string, link: Link, target: string, payload: Checksum | null): void {
    let known = this.#targets.get(target);
    if (known === undefined) this.#targets.set(target, (known = { links: [], payload: null }));
    known.links.push(link);
    known.payload ??= payload;
    this.#paths.set(path, target);
  }

  /**
   * Puts all links into the tree.
   * @throws OstError `not-found` when one points at nothing, `state` when at a directory or when a directory is in its place
   */
  finish(): void {
    for (const [path, { payload }] of this.#targets) {
      if (payload === null) continue;
      const names = splitPath(path);
      const parent = this.root.lookup(names.slice(0, -1));
      if (parent === null) throw failure(path, 'Failed importing hardlink: ', this.#missing(names));
      attempt(path, 'Failed to replace file: ', () => parent.setFile(names.at(-1) ?? '', payload));
    }
    for (const [path, { links }] of this.#targets) {
      const checksum = this.#find(path);
      for (const { parent, name } of links) {
        attempt(path, 'Failed to replace file: ', () => parent.setFile(name, checksum));
      }
    }
  }

  /** The file that a target names, through other links if need be. */
  #find(target: string): Checksum {
    const seen = new Set<string>();
    for (let path: string | undefined = target; path !== undefined && !seen.has(path); path = this.#paths.get(path)) {
      seen.add(path);
      const names = splitPath(path);
      const parent = this.root.lookup(names.slice(0, -1));
      const name = names.at(-1) ?? '';
      const checksum = parent?.files.get(name);
      if (checksum !== undefined) return checksum;
      if (names.length === 0 || parent?.dirs.has(name) === true) {
        const what = `Expected hardlink file target at "${path}" but found a directory`;
        throw failure(target, 'Failed to find object: ', new OstError('state', what, { data: { path } }));
      }
    }
    throw failure(target, 'Failed to find object: ', this.#missing(splitPath(target)));
  }

  #missing(names: readonly string[]): OstError {
    const missing = names.find((_, i) => this.root.lookup(names.slice(0, i + 1)) === null) ?? '';
    return new OstError('not-found', `No such file or directory: ${missing}`);
  }
}

function failure(target: string, doing: string, error: unknown): unknown {
  if (!(error instanceof OstError)) return error;
  return error.withPrefix(`ostree-tar: Processing deferred hardlink ${target}: ${doing}`);
}

function attempt(target: string, doing: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw failure(target, doing, error);
  }
}
