import { badValue, notNormal } from '../errors.js';
import { type Reader, readWidth } from '../reader.js';
import { offsetWidth, type Writer } from '../writer.js';
import type { Node } from './node.js';

/** `ay`: decoded as a view of the input, without a copy. */
export class BytesNode implements Node {
  readonly type = 'ay';
  readonly alignment = 1;
  readonly fixedSize = 0;
  readonly depth = 2;

  write(writer: Writer, value: unknown): void {
    if (!(value instanceof Uint8Array)) throw badValue('ay', value);
    writer.append(value);
  }

  read(reader: Reader, start: number, end: number): Uint8Array {
    return reader.bytes.subarray(start, end);
  }
}

/** The node of `ay`. */
export const BYTES_NODE: Node = new BytesNode();

/** An array whose elements all have one size: they lie back to back. */
export class FixedArrayNode implements Node {
  readonly type: string;
  readonly alignment: 1 | 2 | 4 | 8;
  readonly fixedSize = 0;
  readonly depth: number;
  readonly element: Node;

  constructor(type: string, element: Node) {
    this.type = type;
    this.element = element;
    this.alignment = element.alignment;
    this.depth = element.depth + 1;
  }

  write(writer: Writer, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw badValue(this.type, value);
    const { element } = this;
    for (let i = 0; i < value.length; i++) element.write(writer, value[i], depth + 1);
  }

  read(reader: Reader, start: number, end: number, depth: number): unknown[] {
    const { element } = this;
    const size = element.fixedSize;
    if ((end - start) % size !== 0) throw notNormal();
    const values: unknown[] = [];
    for (let at = start; at < end; at += size) values.push(element.read(reader, at, at + size, depth + 1));
    return values;
  }
}

/** Where the elements of an array with framing offsets lie. */
export interface ArrayFrame {
  readonly count: number;
  /** Position of the first offset, which is also the end of the last element. */
  readonly table: number;
  readonly width: 1 | 2 | 4;
}

/** Reads the frame of a non-empty array of variable-size elements that fills `start` to `end`. */
export function arrayFrame(reader: Reader, start: number, end: number): ArrayFrame {
  const size = end - start;
  const width = readWidth(size);
  const body = reader.offset(end - width, width);
  const count = (size - body) / width;
  if (body >= size || !Number.isInteger(count) || offsetWidth(body, count) !== width) throw notNormal();
  return { count, table: start + body, width };
}

/** An array with one end offset for each element, behind the last one. */
export class VariableArrayNode implements Node {
  readonly type: string;
  readonly alignment: 1 | 2 | 4 | 8;
  readonly fixedSize = 0;
  readonly depth: number;
  readonly element: Node;

  constructor(type: string, element: Node) {
    this.type = type;
    this.element = element;
    this.alignment = element.alignment;
    this.depth = element.depth + 1;
  }

  write(writer: Writer, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw badValue(this.type, value);
    const { element } = this;
    const { alignment } = element;
    const start = writer.pos;
    const ends: number[] = [];
    for (let i = 0; i < value.length; i++) {
      if (alignment > 1) writer.align(alignment);
      element.write(writer, value[i], depth + 1);
      ends.push(writer.pos);
    }
    writer.offsets(start, ends, false);
  }

  read(reader: Reader, start: number, end: number, depth: number): unknown[] {
    const values: unknown[] = [];
    if (start === end) return values;
    const { element } = this;
    const { alignment } = element;
    const { count, table, width } = arrayFrame(reader, start, end);
    let at = start;
    let offset = table;
    for (let i = 0; i < count; i++) {
      const stop = start + reader.offset(offset, width);
      offset += width;
      if (stop < at || stop > table) throw notNormal();
      if (alignment > 1) at = reader.align(at, alignment, stop);
      values.push(element.read(reader, at, stop, depth + 1));
      at = stop;
    }
    return values;
  }
}
