import { type CodecOptions, decodeWhole } from './codec.js';
import { compile } from './compile.js';
import { notNormal, VariantError } from './errors.js';
import { LIMITS } from './limits.js';
import { arrayFrame, BytesNode, FixedArrayNode, VariableArrayNode } from './nodes/array.js';
import { MaybeNode } from './nodes/maybe.js';
import type { Node } from './nodes/node.js';
import { TupleNode } from './nodes/tuple.js';
import { VariantNode } from './nodes/variant.js';
import { Reader } from './reader.js';
import { encoder } from './utf8.js';

/**
 * A serialized value that is read piece by piece. Reaching a child costs the same wherever it stands and whatever
 * its siblings hold; only what is touched is checked, with the rules of the normal form.
 */
export interface VariantView {
  /** The definite type of the value. */
  readonly type: string;
  /** The serialized value: a view of the bytes that were opened. */
  readonly bytes: Uint8Array;
  /** Number of children: elements, members, 0 or 1 for a maybe, 1 for a variant, 0 for the rest. */
  readonly length: number;
  /** The child at `index`; throws a `RangeError` outside of the length. */
  child(index: number): VariantView;
  /** Decodes all of the value. */
  value(): unknown;
  /** The value of the first entry with this key in an `a{s…}` (also `o` and `g`), out of its variant if it is one; linear. */
  lookup(key: string): VariantView | null;
  /** The element whose first member is `key`, in an array of tuples or entries that is sorted by UTF-8 bytes; logarithmic. */
  bisect(key: string): VariantView | null;
}

/**
 * Opens serialized bytes without decoding them.
 *
 * @example
 * ```ts
 * const summary = openVariant('(a(s(taya{sv}))a{sv})', bytes);
 * const ref = summary.child(0).bisect('exampleos/x86_64/standard');
 * const [size, checksum] = ref?.child(1).value() as [bigint, Uint8Array, unknown];
 * ```
 */
export function openVariant(type: string, bytes: Uint8Array, options?: CodecOptions): VariantView {
  const node = compile(type);
  if (node === null) throw new VariantError('type', `Not a definite type string: '${type}'`);
  if (bytes.length > LIMITS.maxSize) throw new VariantError('limit', 'Serialized value is too large');
  return view(node, bytes, options?.endian !== 'big', options?.maxDepth ?? LIMITS.maxDepth);
}

function view(node: Node, bytes: Uint8Array, littleEndian: boolean, maxDepth: number): NodeView {
  if (node.depth - 1 > maxDepth) throw notNormal();
  if (node.fixedSize !== 0 && node.fixedSize !== bytes.length) throw notNormal();
  return new NodeView(node, new Reader(bytes, littleEndian, maxDepth));
}

class NodeView implements VariantView {
  readonly #node: Node;
  readonly #reader: Reader;
  #length: number | undefined;

  constructor(node: Node, reader: Reader) {
    this.#node = node;
    this.#reader = reader;
  }

  get type(): string {
    return this.#node.type;
  }

  get bytes(): Uint8Array {
    return this.#reader.bytes;
  }

  get length(): number {
    this.#length ??= countChildren(this.#node, this.#reader);
    return this.#length;
  }

  child(index: number): NodeView {
    const { length } = this;
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`No child ${index} in a value of type '${this.type}' with ${length} children`);
    }
    const node = this.#node;
    const size = this.bytes.length;
    if (node instanceof VariableArrayNode) return this.#element(node.element, index);
    if (node instanceof TupleNode) return this.#member(node, index);
    if (node instanceof VariantNode) {
      const { child, zero } = node.open(this.#reader, 0, size);
      return this.#open(child, 0, zero);
    }
    if (node instanceof MaybeNode) {
      const { element } = node;
      if (element.fixedSize !== 0) return this.#open(element, 0, size);
      if (this.bytes[size - 1] !== 0) throw notNormal();
      return this.#open(element, 0, size - 1);
    }
    const element = node instanceof FixedArrayNode ? node.element : (compile('y') as Node);
    return this.#open(element, index * element.fixedSize, (index + 1) * element.fixedSize);
  }

  value(): unknown {
    return decodeWhole(this.#node, this.#reader);
  }

  lookup(key: string): NodeView | null {
    const wanted = this.#keyBytes(key);
    for (let i = 0; i < this.length; i++) {
      const entry = this.child(i);
      if (compareBytes(entry.child(0).bytes, wanted) !== 0) continue;
      const found = entry.child(1);
      return found.type === 'v' ? found.child(0) : found;
    }
    return null;
  }

  bisect(key: string): NodeView | null {
    const wanted = this.#keyBytes(key);
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const element = this.child(middle);
      const order = compareBytes(element.child(0).bytes, wanted);
      if (order === 0) return element;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return null;
  }

  /** The serialized form of a key, if this is an array of things that start with a text. */
  #keyBytes(key: string): Uint8Array {
    if (!/^a[({][sog]./.test(this.type)) throw new VariantError('type', `Type '${this.type}' has no text keys`);
    return encoder.encode(`${key}\0`);
  }

  #open(node: Node, start: number, end: number): NodeView {
    const { littleEndian, maxDepth } = this.#reader;
    return view(node, this.bytes.subarray(start, end), littleEndian, maxDepth - 1);
  }

  #element(element: Node, index: number): NodeView {
    const reader = this.#reader;
    const { table, width } = arrayFrame(reader, 0, this.bytes.length);
    const previous = index === 0 ? 0 : reader.offset(table + (index - 1) * width, width);
    const end = reader.offset(table + index * width, width);
    if (previous > end || end > table) throw notNormal();
    return this.#open(element, reader.align(previous, element.alignment, end), end);
  }

  #member(tuple: TupleNode, index: number): NodeView {
    const { start, end } = tuple.locate(this.#reader, 0, this.bytes.length, index);
    return this.#open(tuple.members[index] as Node, start, end);
  }
}

function countChildren(node: Node, reader: Reader): number {
  const size = reader.bytes.length;
  if (node instanceof TupleNode) return node.members.length;
  if (node instanceof VariantNode) return 1;
  if (node instanceof MaybeNode) return size === 0 ? 0 : 1;
  if (node instanceof BytesNode) return size;
  if (node instanceof VariableArrayNode) return size === 0 ? 0 : arrayFrame(reader, 0, size).count;
  if (!(node instanceof FixedArrayNode)) return 0;
  if (size % node.element.fixedSize !== 0) throw notNormal();
  return size / node.element.fixedSize;
}

/** Compares two serialized texts, terminators included, which sorts a prefix first. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = (a[i] as number) - (b[i] as number);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
