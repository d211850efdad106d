import { Libdeflate } from '@ost/linux';
import { isOstError, LIMITS, OstError } from '@ost/objects';
import { nodeZlib } from './builtins.js';
import { type Inflated, inflateRaw, tooLarge } from './deflate.js';

/** What an `InflateRaw` object of Node has inside, from Node 10 on. */
interface ZlibInternals {
  readonly _handle: {
    reset(): void;
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
    ): void;
  };
  /** Bytes of room left in the output, bytes left of the input. */
  readonly _writeState: Uint32Array;
}

/** So many bytes of content unpack sooner than the library loads. */
const WORTH_OPENING = 4 << 20;

/**
 * One zlib state and one output buffer for all small files of a thread. Node's one-call function makes a stream object,
 * a state of 40 KB and a buffer each time, and that and the garbage costs more than unpacking most files. Node has no
 * public way to keep them, so this goes by fields that npm's own zlib wrapper relies on as well.
 */
class Inflater {
  readonly #output = new Uint8Array(LIMITS.wholeFile + 1);
  #failure: string | null = null;
  #libdeflate: Libdeflate | null | undefined;
  #seen = 0;

  constructor(
    private readonly handle: ZlibInternals['_handle'],
    private readonly left: Uint32Array,
  ) {
    const onerror = (message: string): void => {
      this.#failure = message;
    };
    Object.assign(handle, { onerror });
  }

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
    const { handle, left } = this;
    this.#failure = null;
    try {
      // One byte more than there should be: a stream that is too long shows.
      handle.writeSync(nodeZlib().constants.Z_FINISH, bytes, 0, bytes.length, this.#output, 0, size + 1);
      this.#check();
      const [room = 0, unread = 0] = left;
      if (room === 0) throw new OstError('corrupt', tooLarge(size).message);
      return { content: this.#output.subarray(0, size + 1 - room), read: bytes.length - unread };
    } finally {
      handle.reset();
    }
  }

  #check(): void {
    if (this.#failure !== null) throw new OstError('corrupt', `Invalid compressed data: ${this.#failure}`);
  }
}

/** An inflater, or null where Node is not as expected. */
function openInflater(): Inflater | null {
  const stream = nodeZlib().createInflateRaw() as unknown as Partial<ZlibInternals>;
  const { _handle: handle, _writeState: left } = stream;
  if (typeof handle?.writeSync !== 'function' || typeof handle.reset !== 'function') return null;
  return left instanceof Uint32Array ? new Inflater(handle, left) : null;
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
