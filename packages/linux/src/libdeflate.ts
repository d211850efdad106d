import { type CFunction, openLibrary } from './libc.js';

/** The name says which interface: it has not changed since the first release. */
const LIBRARY = 'libdeflate.so.0';

/** An opaque `struct libdeflate_compressor *` or `struct libdeflate_decompressor *`. */
type Handle = unknown;

/** How much {@link Libdeflate.inflateRaw} took and gave, in bytes. */
export interface InflatedLengths {
  /** Up to the end of the compressed data. */
  readonly read: number;
  readonly written: number;
}

/**
 * The system's [libdeflate](https://github.com/ebiggers/libdeflate): DEFLATE of whole buffers, about one and a half times
 * as fast as Node's zlib and denser.
 */
export class Libdeflate {
  readonly #alloc: CFunction;
  readonly #bound: CFunction;
  readonly #compress: CFunction;
  readonly #decompress: CFunction;
  readonly #compressors = new Map<number, Handle>();
  readonly #decompressor: Handle;
  /** Two results of type `size_t`. */
  readonly #read = new BigUint64Array(1);
  readonly #written = new BigUint64Array(1);
  #output = new Uint8Array(0);

  private constructor(library: { func(prototype: string): CFunction }) {
    this.#alloc = library.func('void *libdeflate_alloc_compressor(int level)');
    this.#bound = library.func('size_t libdeflate_deflate_compress_bound(void *compressor, size_t length)');
    this.#compress = library.func(
      'size_t libdeflate_deflate_compress(void *compressor, const void *in, size_t length, void *out, size_t room)',
    );
    this.#decompressor = library.func('void *libdeflate_alloc_decompressor()')();
    this.#decompress = library.func(
      'int libdeflate_deflate_decompress_ex(void *decompressor, const void *in, size_t length, void *out, size_t room, void *read, void *written)',
    );
  }

  /** Opens it; null where the system has none. */
  static open(): Libdeflate | null {
    const library = openLibrary(LIBRARY);
    return library === null ? null : new Libdeflate(library);
  }

  /**
   * Compresses to raw DEFLATE.
   * @param level 1 (fast) to 12 (small); 6 compares to zlib's 6
   * @returns bytes that the next call overwrites
   */
  deflateRaw(bytes: Uint8Array, level: number): Uint8Array {
    const compressor = this.#compressor(level);
    const bound = this.#bound(compressor, bytes.length);
    // Memory that is not touched costs nothing, so there is no harm in much room.
    if (this.#output.length < bound) this.#output = Buffer.allocUnsafeSlow(Math.max(bound, 1 << 20));
    const length = this.#compress(compressor, bytes, bytes.length, this.#output, this.#output.length);
    return this.#output.subarray(0, length);
  }

  /**
   * Unpacks raw DEFLATE into `output`; null for data that are not valid, or that have more than room.
   * @param output may have been written to in any case
   */
  inflateRaw(bytes: Uint8Array, output: Uint8Array): InflatedLengths | null {
    const [read, written] = [this.#read, this.#written];
    const into = [output, output.length, read, written];
    if (this.#decompress(this.#decompressor, bytes, bytes.length, ...into) !== 0) return null;
    return { read: Number(read[0]), written: Number(written[0]) };
  }

  /** One for each level, kept as long as the thread. */
  #compressor(level: number): Handle {
    let compressor = this.#compressors.get(level);
    if (compressor === undefined) {
      compressor = this.#alloc(level);
      if (compressor === null) throw new RangeError(`libdeflate has no level ${level}`);
      this.#compressors.set(level, compressor);
    }
    return compressor;
  }
}
