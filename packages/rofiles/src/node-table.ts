import { constants } from 'node:os';
import { Refusal } from './errno.js';

/** A file or directory that the kernel knows by number. Names are Latin-1: a character for each byte. */
export interface Node {
  readonly id: number;
  parent: Node | null;
  name: string;
  readonly children: Map<string, Node>;
  /** How often the kernel has been told of it, less how often it forgot. */
  lookups: number;
  /** Descriptors of open files; an unlinked file is reached through one. */
  readonly handles: Set<number>;
}

const ROOT = 1;

/** The names that the kernel holds on to, as a tree. */
export class NodeTable {
  readonly #nodes = new Map<number, Node>();
  readonly #root: Node;
  #next = ROOT + 1;

  /** @param base where the root directory is, as Latin-1 */
  constructor(private readonly base: string) {
    this.#root = { id: ROOT, parent: null, name: '', children: new Map(), lookups: 1, handles: new Set() };
    this.#nodes.set(ROOT, this.#root);
  }

  /** The node of a number. */
  get(id: number): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Refusal(constants.errno.ESTALE);
    return node;
  }

  /** Whether the name of a node is gone. */
  isUnlinked(node: Node): boolean {
    for (let at = node; at !== this.#root; at = at.parent) if (at.parent === null) return true;
    return false;
  }

  /** Where a node is: its name, or what an unlinked file is still open as. */
  path(node: Node): Buffer {
    if (this.isUnlinked(node)) {
      for (const handle of node.handles) return Buffer.from(`/proc/self/fd/${handle}`);
      throw new Refusal(constants.errno.ENOENT);
    }
    // The base may be a link to the directory.
    return Buffer.from(node === this.#root ? `${this.base}/.` : this.#nameOf(node), 'latin1');
  }

  /** Where a child of a directory is. */
  childPath(parent: Node, name: string): Buffer {
    if (this.isUnlinked(parent)) throw new Refusal(constants.errno.ENOENT);
    return Buffer.from(`${this.#nameOf(parent)}/${name}`, 'latin1');
  }

  #nameOf(node: Node): string {
    return node.parent === null ? this.base : `${this.#nameOf(node.parent)}/${node.name}`;
  }

  /** The child of that name, which the kernel is told of once more. */
  lookup(parent: Node, name: string): Node {
    let node = parent.children.get(name);
    if (node === undefined) {
      node = { id: this.#next++, parent, name, children: new Map(), lookups: 0, handles: new Set() };
      parent.children.set(name, node);
      this.#nodes.set(node.id, node);
    }
    node.lookups++;
    return node;
  }

  /** A name was removed. */
  unlink(parent: Node, name: string): void {
    const node = parent.children.get(name);
    if (node === undefined) return;
    parent.children.delete(name);
    node.parent = null;
  }

  /** A name was moved over another one, which is gone. */
  move(parent: Node, name: string, newParent: Node, newName: string): void {
    this.unlink(newParent, newName);
    const node = parent.children.get(name);
    if (node === undefined) return;
    parent.children.delete(name);
    this.#place(node, newParent, newName);
  }

  /** Two names were exchanged. */
  exchange(parent: Node, name: string, newParent: Node, newName: string): void {
    const [a, b] = [parent.children.get(name), newParent.children.get(newName)];
    parent.children.delete(name);
    newParent.children.delete(newName);
    if (a !== undefined) this.#place(a, newParent, newName);
    if (b !== undefined) this.#place(b, parent, name);
  }

  #place(node: Node, parent: Node, name: string): void {
    node.parent = parent;
    node.name = name;
    parent.children.set(name, node);
  }

  /** The kernel forgot a node as often as it was told of it. */
  forget(id: number, lookups: number): void {
    const node = this.#nodes.get(id);
    if (node === undefined || node === this.#root) return;
    node.lookups -= lookups;
    this.#release(node);
  }

  /** Lets go of a node that neither the kernel nor a node below it needs. */
  #release(node: Node): void {
    if (node.lookups > 0 || node.children.size > 0 || node === this.#root) return;
    this.#nodes.delete(node.id);
    const { parent } = node;
    if (parent === null) return;
    parent.children.delete(node.name);
    this.#release(parent);
  }
}
