import { VariantError } from './errors.js';
import { LIMITS } from './limits.js';
import { encoder } from './utf8.js';

const KEPT_SCRATCH = 1 << 20;
let scratch: Uint8Array | null = new Uint8Array(4096);

/** An append-only buffer. Nodes write at `pos`, which their container has aligned for them. */
export class Writer {
  bytes: Uint8Array;
  view: DataView;
  pos = 0;
  readonly littleEndian: boolean;
  readonly maxDepth: number;

  constructor(littleEndian: boolean, maxDepth: number) {
    this.bytes = scratch ?? new Uint8Array(4096);
    scratch = null;
    this.view = new DataView(this.bytes.buffer);
    this.littleEndian = littleEndian;
    this.maxDepth = maxDepth;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.pos + count;
    if (needed <= this.bytes.length) return;
    if (needed > LIMITS.maxSize) throw new VariantError('limit', 'Serialized value is too large');
    const grown = new Uint8Array(Math.min(Math.max(needed, this.bytes.length * 2), LIMITS.maxSize));
    grown.set(this.bytes.subarray(0, this.pos));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Appends zeros until `pos` is a multiple of `alignment` (a power of two). */
  align(alignment: number): void {
    let count = -this.pos & (alignment - 1);
    if (count === 0) return;
    this.reserve(count);
    while (count-- > 0) this.bytes[this.pos++] = 0;
  }

  byte(value: number): void {
    if (this.pos === this.bytes.length) this.reserve(1);
    this.bytes[this.pos++] = value;
  }

  append(data: Uint8Array): void {
    this.reserve(data.length);
    this.bytes.set(data, this.pos);
    this.pos += data.length;
  }

  /** Appends `text` as UTF-8 without a terminator; false if it has a NUL or a lone surrogate. */
  text(text: string): boolean {
    const { length } = text;
    this.reserve(length * 3);
    const { bytes } = this;
    let { pos } = this;
    if (length > 64) return this.longText(text);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0) return false;
      if (code > 0x7f) return this.longText(text);
      bytes[pos++] = code;
    }
    this.pos = pos;
    return true;
  }

  private longText(text: string): boolean {
    if (text.includes('\0') || LONE_SURROGATE.test(text)) return false;
    this.pos += encoder.encodeInto(text, this.bytes.subarray(this.pos)).written;
    return true;
  }

  /**
   * Appends a table of framing offsets in the smallest width that can address the whole container,
   * the body of which started at `start`. `ends` are positions in this buffer.
   */
  offsets(start: number, ends: readonly number[], backwards: boolean): void {
    const count = ends.length;
    if (count === 0) return;
    const width = offsetWidth(this.pos - start, count);
    this.reserve(count * width);
    const { bytes } = this;
    let { pos } = this;
    for (let i = 0; i < count; i++) {
      const end = (ends[backwards ? count - 1 - i : i] as number) - start;
      bytes[pos] = end;
      if (width > 1) {
        bytes[pos + 1] = end >>> 8;
        if (width === 4) {
          bytes[pos + 2] = end >>> 16;
          bytes[pos + 3] = end >>> 24;
        }
      }
      pos += width;
    }
    this.pos = pos;
  }

  /** Hands the buffer back for the next writer; this one must not be used again. */
  release(): void {
    if (this.bytes.length <= KEPT_SCRATCH) scratch = this.bytes;
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** The smallest offset width for a container with `body` bytes and `count` offsets. */
export function offsetWidth(body: number, count: number): 1 | 2 | 4 {
  if (body + count <= 0xff) return 1;
  if (body + 2 * count <= 0xffff) return 2;
  return 4;
}
