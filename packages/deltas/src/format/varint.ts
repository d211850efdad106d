import { corrupt } from '../errors.js';

const MAX_BYTES = 10;

/** Reads the little-endian base-128 numbers of an operation stream ("Operations and execution" of the delta format). */
export class VarintReader {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The next number. `what` names the operation in the error if the stream ends within it. */
  next(what: string): number {
    const { bytes } = this;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_BYTES; i++) {
      const byte = bytes[this.position];
      if (byte === undefined) break;
      this.position++;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        // Nothing that a delta addresses is larger; beyond, doubles would round and two offsets could look alike.
        if (value > Number.MAX_SAFE_INTEGER) throw corrupt(`${what}: Number out of range`);
        return value;
      }
      scale *= 128;
    }
    throw corrupt(`${what}: Unexpected EOF reading varint`);
  }
}

/** Appends a number to an operation stream. */
export function pushVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}
