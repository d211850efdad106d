import type { ScratchFile } from '../store.js';
import { freeBytes } from '../free-bytes.js';

/** Bytes of a file that are in memory at once: whoever reads much of it asks for no more at a time. */
export const WINDOW: number = 256 * 1024;

/** Bytes that are read from place to place; where they lie is nobody else's concern. */
export interface PayloadBytes {
  readonly size: number;
  /** `length` bytes from `offset` on, which must be there. They are valid until the next call. */
  read(offset: number, length: number): Uint8Array;
  /**
   * An array that holds these bytes among others, for callers to whom an array of their own for every few bytes is too
   * much: those from `offset` on lie at {@link PayloadBytes.at}. Valid until the next call.
   */
  around(offset: number, length: number): Uint8Array;
  /** Where in the array that {@link PayloadBytes.around} gave last the byte at `offset` lies. */
  at(offset: number): number;
}

/** A decompressed part; it has to be closed. */
export interface StoredPayload extends PayloadBytes {
  close(): void;
}

/** A payload in memory. */
export class MemoryPayload implements StoredPayload {
  readonly #bytes: Uint8Array;
  readonly #own: boolean;

  /** @param own the memory is nobody else's, so that closing gives it back */
  constructor(bytes: Uint8Array, own: boolean) {
    this.#bytes = bytes;
    this.#own = own;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(offset, offset + length);
  }

  around(): Uint8Array {
    return this.#bytes;
  }

  at(offset: number): number {
    return offset;
  }

  close(): void {
    if (this.#own) freeBytes(this.#bytes);
  }
}

/** A payload in a file, which is read through a window: operations mostly go through the data in order. */
export class ScratchPayload implements StoredPayload {
  readonly #file: ScratchFile;
  #size = 0;
  #window: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(file: ScratchFile) {
    this.#file = file;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends a chunk; all of them come before the first is read. */
  append(chunk: Uint8Array): void {
    this.#file.write(chunk);
    this.#size += chunk.length;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = this.around(offset, length);
    const start = this.at(offset);
    return bytes.subarray(start, start + length);
  }

  around(offset: number, length: number): Uint8Array {
    const within = offset - this.#start;
    if (within < 0 || within + length > this.#window.length) {
      const wanted = Math.min(Math.max(length, WINDOW), this.#size - offset);
      const room = wanted <= WINDOW && this.#window.buffer.byteLength === WINDOW ? this.#window.buffer : undefined;
      this.#window = new Uint8Array(room ?? new ArrayBuffer(Math.max(wanted, WINDOW)), 0, wanted);
      this.#start = offset;
      this.#file.read(this.#window, offset);
    }
    return this.#window;
  }

  at(offset: number): number {
    return offset - this.#start;
  }

  close(): void {
    this.#file.close();
  }
}

/** A stretch of a payload. */
export class PayloadSection implements PayloadBytes {
  constructor(
    private readonly whole: PayloadBytes,
    private readonly start: number,
    readonly size: number,
  ) {}

  read(offset: number, length: number): Uint8Array {
    return this.whole.read(this.start + offset, length);
  }

  around(offset: number, length: number): Uint8Array {
    return this.whole.around(this.start + offset, length);
  }

  at(offset: number): number {
    return this.whole.at(this.start + offset);
  }
}
