import type { VisitObject } from '../tree/reachable.js';

/** What only one ref keeps. */
export interface RefShare {
  /** The ref as a refspec, or `(COLLECTION, REF)`. */
  readonly ref: string;
  readonly objects: number;
  /** Their size on disk in bytes. */
  readonly size: number;
}

const NONE = 0;
const SEVERAL = -1;

/**
 * Finds the objects that one ref alone reaches. An object changes hands at most twice, from nobody to a ref and from
 * there to several, and what is below an object of several refs is theirs already: that bounds the walk, however many
 * refs there are.
 */
export class RefShares {
  readonly #refs: string[] = [];
  /** Of each numbered object, the ref's number from 1. */
  #owners = new Int32Array(4096);
  #end = 0;

  /** For the walks over what one more ref reaches. */
  visitor(ref: string): VisitObject {
    const owner = this.#refs.push(ref);
    return (index) => {
      this.#reserve(index);
      const before = this.#owners[index] as number;
      if (before === owner || before === SEVERAL) return false;
      this.#owners[index] = before === NONE ? owner : SEVERAL;
      return true;
    };
  }

  /**
   * What each ref alone reaches, in the order of the refs.
   * @param size of an object in bytes; null for one that does not count
   */
  report(size: (index: number) => number | null): RefShare[] {
    const shares = this.#refs.map((ref) => ({ ref, objects: 0, size: 0 }));
    for (let index = 0; index < this.#end; index++) {
      const share = shares[(this.#owners[index] as number) - 1];
      const bytes = share === undefined ? null : size(index);
      if (share === undefined || bytes === null) continue;
      share.objects++;
      share.size += bytes;
    }
    return shares;
  }

  #reserve(index: number): void {
    if (index >= this.#end) this.#end = index + 1;
    if (index < this.#owners.length) return;
    const larger = new Int32Array(Math.max(index + 1, 2 * this.#owners.length));
    larger.set(this.#owners);
    this.#owners = larger;
  }
}
