import { nodeZlib } from './builtins.js';

/** What a zlib stream object of Node has inside, from Node 10 on. */
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

/** What is left when one buffer has been worked off. */
export interface ZlibLeft {
  /** Bytes of the output that were not needed. */
  readonly room: number;
  /** Bytes of the input behind the end of the data. */
  readonly unread: number;
}

const NOTHING = new Uint8Array(0);

/**
 * One zlib state for many small buffers. Node's one-call functions make a stream object, a state of 40 KB or more and a
 * buffer each time, and that and the garbage costs more than the work on most files. Node has no public way to keep them,
 * so this goes by fields that npm's own zlib wrapper relies on as well.
 */
export class ZlibState {
  #failure: string | null = null;

  private constructor(
    private readonly handle: ZlibInternals['_handle'],
    private readonly left: Uint32Array,
  ) {
    const onerror = (message: string): void => {
      this.#failure = message;
    };
    Object.assign(handle, { onerror });
  }

  /** Takes the state of a stream that nobody else uses; null where Node is not as expected. */
  static of(stream: object): ZlibState | null {
    const { _handle: handle, _writeState: left } = stream as Partial<ZlibInternals>;
    if (typeof handle?.writeSync !== 'function' || typeof handle.reset !== 'function') return null;
    return left instanceof Uint32Array ? new ZlibState(handle, left) : null;
  }

  /**
   * Works a whole buffer off.
   * @param room bytes of the output that may be used; when all are, there may be more than fits
   * @throws Error with zlib's own words for bad data
   */
  finish(input: Uint8Array, output: Uint8Array, room: number): ZlibLeft {
    try {
      return this.#write(nodeZlib().constants.Z_FINISH, input, output, room);
    } finally {
      this.handle.reset();
    }
  }

  /**
   * Works off what it can of a piece of a stream that ends with {@link ZlibState.end}.
   * @throws Error with zlib's own words for bad data
   */
  step(input: Uint8Array, output: Uint8Array): ZlibLeft {
    return this.#write(nodeZlib().constants.Z_NO_FLUSH, input, output);
  }

  /** Ends a stream whose pieces have all been worked off; throws when there should be more of them. */
  end(output: Uint8Array): void {
    this.#write(nodeZlib().constants.Z_FINISH, NOTHING, output);
  }

  #write(flush: number, input: Uint8Array, output: Uint8Array, room: number = output.length): ZlibLeft {
    const { handle, left } = this;
    this.#failure = null;
    handle.writeSync(flush, input, 0, input.length, output, 0, room);
    this.#check();
    return { room: left[0] as number, unread: left[1] as number };
  }

  #check(): void {
    if (this.#failure !== null) throw new Error(this.#failure);
  }
}
