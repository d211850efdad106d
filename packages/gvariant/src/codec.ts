import { compile } from './compile.js';
import { notNormal, VariantError } from './errors.js';
import { LIMITS } from './limits.js';
import type { Node } from './nodes/node.js';
import { Reader } from './reader.js';
import type { Encodable, Value } from './value.js';
import { Writer } from './writer.js';

/** Byte order of the values; framing offsets are little-endian in both. */
export type Endian = 'little' | 'big';

/** Options of encoding and decoding. */
export interface CodecOptions {
  /**
   * Byte order of the integers and doubles.
   * @default 'little'
   */
  readonly endian?: Endian;
  /**
   * Levels of containers and variants that a value may have.
   * @default LIMITS.maxDepth
   */
  readonly maxDepth?: number;
}

/** Encodes and decodes the values of one type; made by {@link codec}. */
export interface Codec<T extends string = string> {
  /** The type string. */
  readonly type: T;
  /** Where a container places values of this type. */
  readonly alignment: 1 | 2 | 4 | 8;
  /** Bytes of every value of this type, or null if that varies. */
  readonly fixedSize: number | null;
  /** Serializes a value, always in normal form; throws a {@link VariantError} if it does not fit the type. */
  encode(value: Encodable<T>, options?: CodecOptions): Uint8Array;
  /**
   * Decodes bytes that must be in normal form; throws a {@link VariantError} with code `not-normal` otherwise.
   * A decoded `ay` is a view of `bytes`, not a copy.
   */
  decode(bytes: Uint8Array, options?: CodecOptions): Value<T>;
  /** True if {@link Codec.decode} would succeed. */
  isNormal(bytes: Uint8Array, options?: CodecOptions): boolean;
}

class CompiledCodec implements Codec {
  readonly #node: Node;

  constructor(node: Node) {
    this.#node = node;
  }

  get type(): string {
    return this.#node.type;
  }

  get alignment(): 1 | 2 | 4 | 8 {
    return this.#node.alignment;
  }

  get fixedSize(): number | null {
    return this.#node.fixedSize === 0 ? null : this.#node.fixedSize;
  }

  encode(value: unknown, options?: CodecOptions): Uint8Array {
    const writer = new Writer(options?.endian !== 'big', options?.maxDepth ?? LIMITS.maxDepth);
    if (this.#node.depth - 1 > writer.maxDepth) throw new VariantError('limit', 'Value is nested too deeply');
    try {
      this.#node.write(writer, value, 0);
      return writer.bytes.slice(0, writer.pos);
    } finally {
      writer.release();
    }
  }

  decode(bytes: Uint8Array, options?: CodecOptions): unknown {
    const reader = new Reader(bytes, options?.endian !== 'big', options?.maxDepth ?? LIMITS.maxDepth);
    return decodeWhole(this.#node, reader);
  }

  isNormal(bytes: Uint8Array, options?: CodecOptions): boolean {
    try {
      this.decode(bytes, options);
      return true;
    } catch (error) {
      if (error instanceof VariantError) return false;
      throw error;
    }
  }
}

/** Decodes the value that fills all of the reader's bytes. */
export function decodeWhole(node: Node, reader: Reader): unknown {
  const { length } = reader.bytes;
  if (length > LIMITS.maxSize) throw new VariantError('limit', 'Serialized value is too large');
  if (node.depth - 1 > reader.maxDepth) throw notNormal();
  if (node.fixedSize !== 0 && node.fixedSize !== length) throw notNormal();
  return node.read(reader, 0, length, 0);
}

const codecs = new WeakMap<Node, Codec>();

/**
 * The codec of a definite type. The type string is compiled once; the TypeScript types of the values follow from it.
 *
 * @example
 * ```ts
 * const dirmeta = codec('(uuua(ayay))');
 * const bytes = dirmeta.encode([0, 0, 0o40755, []]);
 * const [uid, gid, mode, xattrs] = dirmeta.decode(bytes);
 * ```
 */
export function codec<const T extends string>(type: T): Codec<T> {
  const node = compile(type);
  if (node === null) throw new VariantError('type', `Not a definite type string: '${type}'`);
  let found = codecs.get(node);
  if (found === undefined) {
    found = new CompiledCodec(node);
    codecs.set(node, found);
  }
  return found as unknown as Codec<T>;
}
