import { badValue, notNormal, VariantError } from '../errors.js';
import type { Reader } from '../reader.js';
import type { Variant } from '../value.js';
import type { Writer } from '../writer.js';
import type { Node } from './node.js';

/** `v`: the child, one zero, the child's type. */
export class VariantNode implements Node {
  readonly type = 'v';
  readonly alignment = 8;
  readonly fixedSize = 0;
  readonly depth = 1;
  /** Compiles the type of a child; null if it is not a definite type. */
  readonly #compile: (type: string) => Node | null;

  constructor(compile: (type: string) => Node | null) {
    this.#compile = compile;
  }

  write(writer: Writer, value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || !('type' in value) || !('value' in value)) {
      throw badValue('v', value);
    }
    const { type } = value;
    const child = typeof type === 'string' ? this.#compile(type) : null;
    if (child === null) throw new VariantError('type', `Not a definite type string: '${String(type)}'`);
    if (depth + child.depth >= writer.maxDepth) throw new VariantError('limit', 'Value is nested too deeply');
    child.write(writer, value.value, depth + 1);
    writer.byte(0);
    writer.text(child.type);
  }

  read(reader: Reader, start: number, end: number, depth: number): Variant {
    const { child, zero } = this.open(reader, start, end);
    if (depth + child.depth >= reader.maxDepth) throw notNormal();
    return { type: child.type, value: child.read(reader, start, zero, depth + 1) };
  }

  /** The child's type, and where the child ends. */
  open(reader: Reader, start: number, end: number): { child: Node; zero: number } {
    const { bytes } = reader;
    let zero = end - 1;
    while (zero >= start && bytes[zero] !== 0) zero--;
    if (zero < start) throw notNormal();
    let type = '';
    for (let i = zero + 1; i < end; i++) type += String.fromCharCode(bytes[i] as number);
    const child = this.#compile(type);
    if (child === null || (child.fixedSize !== 0 && child.fixedSize !== zero - start)) throw notNormal();
    return { child, zero };
  }
}
