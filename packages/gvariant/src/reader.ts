import { notNormal } from './errors.js';
import { decoder } from './utf8.js';

/** Bytes being decoded. Positions count from the start of the top-level value, which is aligned by definition. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly maxDepth: number;
  #view: DataView | undefined;

  constructor(bytes: Uint8Array, littleEndian: boolean, maxDepth: number) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.maxDepth = maxDepth;
  }

  get view(): DataView {
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#view;
  }

  /** The framing offset at `pos`; always little-endian, whatever the byte order of the values is. */
  offset(pos: number, width: number): number {
    const { bytes } = this;
    let value = bytes[pos] as number;
    if (width > 1) {
      value |= (bytes[pos + 1] as number) << 8;
      if (width > 2) {
        value |= ((bytes[pos + 2] as number) << 16) | ((bytes[pos + 3] as number) << 24);
        value >>>= 0;
      }
    }
    return value;
  }

  /** `pos` rounded up to `alignment`; throws if the bytes skipped are not zero or lie behind `end`. */
  align(pos: number, alignment: number, end: number): number {
    const { bytes } = this;
    while ((pos & (alignment - 1)) !== 0) {
      if (pos >= end || bytes[pos] !== 0) throw notNormal();
      pos++;
    }
    return pos;
  }

  /** The NUL-terminated UTF-8 text that fills `start` to `end`. */
  text(start: number, end: number): string {
    const { bytes } = this;
    const last = end - 1;
    if (last < start || bytes[last] !== 0) throw notNormal();
    if (last - start <= 24) {
      let text = '';
      let i = start;
      for (; i < last; i++) {
        const byte = bytes[i] as number;
        if (byte === 0 || byte > 0x7f) break;
        text += String.fromCharCode(byte);
      }
      if (i === last) return text;
    }
    if (bytes.indexOf(0, start) !== last) throw notNormal();
    try {
      return decoder.decode(bytes.subarray(start, last));
    } catch {
      throw notNormal();
    }
  }
}

/** The offset width of a container of `size` bytes. */
export function readWidth(size: number): 1 | 2 | 4 {
  return size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;
}
