/** So many holders at a time; the others wait in line. */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #head = 0;
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Adds to their number, or takes from it; holders stay. */
  change(by: number): void {
    this.#free += by;
  }

  /** Resolves when it is the caller's turn; undefined when it is so at once. */
  acquire(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets the next one in. */
  release(): void {
    const next = this.#free < 0 ? undefined : this.#waiting[this.#head];
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    next();
  }
}
