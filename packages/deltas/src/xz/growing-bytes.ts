/** Sizes up to this are taken at their word: it is that of an ordinary part, and untouched memory costs nothing yet. */
const FIRST = 64 * 1024 * 1024;

/** A byte array that grows with what is written, up to a size that is known but not yet believed. */
export class GrowingBytes {
  /** The bytes; only the first {@link GrowingBytes.length} are written. */
  bytes: Uint8Array;
  length = 0;
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
    this.bytes = new Uint8Array(Math.min(size, FIRST));
  }

  /** Makes room for `more` bytes; false if that is beyond the size. */
  reserve(more: number): boolean {
    const needed = this.length + more;
    if (needed > this.#size) return false;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(needed, this.bytes.length * 2)));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    return true;
  }

  /** Appends `chunk`; false if that is beyond the size. */
  append(chunk: Uint8Array): boolean {
    if (!this.reserve(chunk.length)) return false;
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
    return true;
  }

  /** True if exactly the size was written. */
  get complete(): boolean {
    return this.length === this.#size;
  }
}
