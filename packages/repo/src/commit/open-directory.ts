import type { MutableTree } from '../tree/mutable-tree.js';

/**
 * A directory that is being imported: some of its files or subdirectories are still to come. When the last of them is
 * there, `complete` is called for it, and then for whichever parents waited for it.
 */
export class OpenDirectory {
  /** Files, subdirectories, and the walk itself. */
  #missing = 1;

  constructor(
    readonly tree: MutableTree,
    private readonly complete: (tree: MutableTree) => void,
    private readonly parent: OpenDirectory | null = null,
  ) {
    parent?.expect();
  }

  /** One more entry is under way. */
  expect(): void {
    this.#missing++;
  }

  /** An entry is in the tree, or the walk is over. */
  arrived(): void {
    if (--this.#missing > 0) return;
    this.complete(this.tree);
    this.parent?.arrived();
  }
}
