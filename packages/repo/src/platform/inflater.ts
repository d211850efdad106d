import { Libdeflate } from '@ost/linux';
import { isOstError, LIMITS, OstError } from '@ost/objects';
import { nodeZlib } from './builtins.js';
import { type Inflated, inflateRaw, tooLarge } from './deflate.js';
import { type ZlibLeft, ZlibState } from './zlib-state.js';

/** So many bytes of content unpack sooner than the library loads. */
const WORTH_OPENING = 4 << 20;

/** One zlib state and one output buffer for all small files of a thread. */
class Inflater {
  readonly #output = new Uint8Array(LIMITS.wholeFile + 1);
  #libdeflate: Libdeflate | null | undefined;
  #seen = 0;

  constructor(private readonly zlib: ZlibState) {}

  inflate(bytes: Uint8Array, size: number): Inflated {
    return this.#byLibdeflate(bytes, size) ?? this.#byZlib(bytes, size);
  }

  /** Faster, once there is so much to do that opening it pays; null for what is not as it should be, or without it. */
  #byLibdeflate(bytes: Uint8Array, size: number): Inflated | null {
    this.#seen += size;
    if (this.#seen < WORTH_OPENING) return null;
    if (this.#libdeflate === undefined) this.#libdeflate = Libdeflate.open();
    const lengths = this.#libdeflate?.inflateRaw(bytes, this.#output.subarray(0, size + 1)) ?? null;
    if (lengths === null || lengths.written > size) return null;
    return { content: this.#output.subarray(0, lengths.written), read: lengths.read };
  }

  /** The judge of data that are not as they should be: its words are those that libostree prints. */
  #byZlib(bytes: Uint8Array, size: number): Inflated {
    // One byte more than there should be: a stream that is too long shows.
    const { room, unread } = this.#finish(bytes, size + 1);
    if (room === 0) throw new OstError('corrupt', tooLarge(size).message);
    return { content: this.#output.subarray(0, size + 1 - room), read: bytes.length - unread };
  }

  #finish(bytes: Uint8Array, room: number): ZlibLeft {
    try {
      return this.zlib.finish(bytes, this.#output, room);
    } catch (error) {
      throw new OstError('corrupt', `Invalid compressed data: ${(error as Error).message}`, { cause: error });
    }
  }
}

function openInflater(): Inflater | null {
  const zlib = ZlibState.of(nodeZlib().createInflateRaw());
  return zlib === null ? null : new Inflater(zlib);
}

let inflater: Inflater | null | undefined;

/**
 * Unpacks raw DEFLATE of a small file (LIMITS.wholeFile) with as little work beside it as possible.
 * @param size length that the content is said to have; a shorter result is the caller's to notice
 * @returns the content, which the next call in this thread overwrites, and how many of the bytes it took
 * @throws OstError `corrupt` for bad data, and for more than `size` of it
 */
export function inflateSmall(bytes: Uint8Array, size: number): Inflated {
  if (inflater === undefined) inflater = openInflater();
  const small = size <= LIMITS.wholeFile ? inflater : null;
  if (small !== null) return small.inflate(bytes, size);
  try {
    return inflateRaw(bytes, { maxSize: size, expectedSize: size });
  } catch (error) {
    // Here the limit is what the file says of itself.
    throw isOstError(error) && error.code === 'limit'
      ? new OstError('corrupt', error.message, { cause: error })
      : error;
  }
}
