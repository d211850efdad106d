/** Which objects of an `ObjectTable` have something, by their numbers: one bit for each. */
export class ObjectMarks {
  #marks = new Uint8Array(4096);
  #count = 0;

  /** Marks for the first objects of a table. */
  static first(count: number): ObjectMarks {
    const marks = new ObjectMarks();
    for (let index = 0; index < count; index++) marks.add(index);
    return marks;
  }

  /** How many are marked. */
  get count(): number {
    return this.#count;
  }

  /** Marks an object; false when it was marked already. */
  add(index: number): boolean {
    const at = index >>> 3;
    const bit = 1 << (index & 7);
    if (at >= this.#marks.length) {
      const larger = new Uint8Array(Math.max(at + 1, 2 * this.#marks.length));
      larger.set(this.#marks);
      this.#marks = larger;
    }
    const marks = this.#marks[at] as number;
    if ((marks & bit) !== 0) return false;
    this.#marks[at] = marks | bit;
    this.#count++;
    return true;
  }

  /** True when the object is marked. */
  has(index: number): boolean {
    return ((this.#marks[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }
}
