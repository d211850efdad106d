import { badValue, notNormal } from '../errors.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Node } from './node.js';

/** `mT`: nothing is no bytes at all; a variable-size value is followed by one zero, so that it differs from nothing. */
export class MaybeNode implements Node {
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
    if (value === null) return;
    if (typeof value !== 'object' || !('just' in value)) throw badValue(this.type, value);
    this.element.write(writer, value.just, depth + 1);
    if (this.element.fixedSize === 0) writer.byte(0);
  }

  read(reader: Reader, start: number, end: number, depth: number): { just: unknown } | null {
    if (start === end) return null;
    const { element } = this;
    if (element.fixedSize !== 0) {
      if (end - start !== element.fixedSize) throw notNormal();
      return { just: element.read(reader, start, end, depth + 1) };
    }
    if (reader.bytes[end - 1] !== 0) throw notNormal();
    return { just: element.read(reader, start, end - 1, depth + 1) };
  }
}
