import { ARCHIVE_LIMITS } from './limits.js';
import { damaged, truncated } from './errors.js';

const EMPTY = new Uint8Array();

/** Reads a stream of chunks in pieces of a wanted size. Holds no more than one chunk and one piece. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = EMPTY;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next `size` bytes, which stay unread; fewer when the stream ends before. */
  async peek(size: number): Promise<Uint8Array> {
    while (this.#chunk.length < size && !this.#ended) {
      const next = await this.#next();
      if (next === null) break;
      this.#chunk = this.#chunk.length === 0 ? next : Buffer.concat([this.#chunk, next]);
    }
    return this.#chunk.subarray(0, size);
  }

  /**
   * The next `size` bytes.
   * @throws OstError `corrupt` when the stream ends before, or when there are too many for a header
   */
  async read(size: number): Promise<Uint8Array> {
    if (size > ARCHIVE_LIMITS.specialHeader) throw damaged('Special header too large');
    const bytes = await this.peek(size);
    if (bytes.length < size) throw truncated();
    this.#chunk = this.#chunk.subarray(size);
    return bytes;
  }

  /**
   * The next `size` bytes piece by piece.
   * @throws OstError `corrupt` when the stream ends before
   */
  async *stream(size: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = size; left > 0; ) {
      const bytes = await this.#some(left);
      left -= bytes.length;
      yield bytes;
    }
  }

  /** Passes over `size` bytes. */
  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) left -= (await this.#some(left)).length;
  }

  /** Everything that is left. */
  async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
    const { length } = this.#chunk;
    if (length > 0) yield* this.stream(length);
    for (let next = await this.#next(); next !== null; next = await this.#next()) yield next;
  }

  /** Ends the source, whether it has been read to its end or not. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#source.return?.();
  }

  /** At least one byte, at most `size`. */
  async #some(size: number): Promise<Uint8Array> {
    const chunk = this.#chunk.length > 0 ? this.#chunk : await this.#next();
    if (chunk === null) throw truncated();
    this.#chunk = chunk.subarray(size);
    return chunk.subarray(0, size);
  }

  /** The next chunk with something in it; null at the end. */
  async #next(): Promise<Uint8Array | null> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) {
        this.#ended = true;
        return null;
      }
      if (next.value.length > 0) return next.value;
    }
  }
}
