import { badValue, notNormal } from '../errors.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Node } from './node.js';

abstract class NumberNode implements Node {
  readonly type: string;
  readonly alignment: 1 | 2 | 4 | 8;
  readonly fixedSize: number;
  readonly depth = 1;

  constructor(type: string, size: 1 | 2 | 4 | 8) {
    this.type = type;
    this.alignment = size;
    this.fixedSize = size;
  }

  abstract write(writer: Writer, value: unknown): void;
  abstract read(reader: Reader, start: number): unknown;
}

class ByteNode extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'number' || (value & 0xff) !== value) throw badValue(this.type, value);
    writer.byte(value);
  }

  override read(reader: Reader, start: number): number {
    return reader.bytes[start] as number;
  }
}

class BooleanNode extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'boolean') throw badValue(this.type, value);
    writer.byte(value ? 1 : 0);
  }

  override read(reader: Reader, start: number): boolean {
    const byte = reader.bytes[start] as number;
    if (byte > 1) throw notNormal();
    return byte === 1;
  }
}

class Int16Node extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'number' || (value << 16) >> 16 !== value) throw badValue(this.type, value);
    writer.reserve(2);
    writer.view.setInt16(writer.pos, value, writer.littleEndian);
    writer.pos += 2;
  }

  override read(reader: Reader, start: number): number {
    return reader.view.getInt16(start, reader.littleEndian);
  }
}

class Uint16Node extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'number' || (value & 0xffff) !== value) throw badValue(this.type, value);
    writer.reserve(2);
    writer.view.setUint16(writer.pos, value, writer.littleEndian);
    writer.pos += 2;
  }

  override read(reader: Reader, start: number): number {
    return reader.view.getUint16(start, reader.littleEndian);
  }
}

class Int32Node extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'number' || (value | 0) !== value) throw badValue(this.type, value);
    writer.reserve(4);
    writer.view.setInt32(writer.pos, value, writer.littleEndian);
    writer.pos += 4;
  }

  override read(reader: Reader, start: number): number {
    return reader.view.getInt32(start, reader.littleEndian);
  }
}

class Uint32Node extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'number' || value >>> 0 !== value) throw badValue(this.type, value);
    writer.reserve(4);
    writer.view.setUint32(writer.pos, value, writer.littleEndian);
    writer.pos += 4;
  }

  override read(reader: Reader, start: number): number {
    return reader.view.getUint32(start, reader.littleEndian);
  }
}

class Int64Node extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'bigint' || value < -0x8000_0000_0000_0000n || value > 0x7fff_ffff_ffff_ffffn) {
      throw badValue(this.type, value);
    }
    writer.reserve(8);
    writer.view.setBigInt64(writer.pos, value, writer.littleEndian);
    writer.pos += 8;
  }

  override read(reader: Reader, start: number): bigint {
    return reader.view.getBigInt64(start, reader.littleEndian);
  }
}

class Uint64Node extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) throw badValue(this.type, value);
    writer.reserve(8);
    writer.view.setBigUint64(writer.pos, value, writer.littleEndian);
    writer.pos += 8;
  }

  override read(reader: Reader, start: number): bigint {
    return reader.view.getBigUint64(start, reader.littleEndian);
  }
}

class DoubleNode extends NumberNode {
  override write(writer: Writer, value: unknown): void {
    if (typeof value !== 'number') throw badValue(this.type, value);
    writer.reserve(8);
    writer.view.setFloat64(writer.pos, value, writer.littleEndian);
    writer.pos += 8;
  }

  override read(reader: Reader, start: number): number {
    return reader.view.getFloat64(start, reader.littleEndian);
  }
}

/** The nodes of the fixed-size basic types. `-0` is no integer value: it would not come back. */
export const NUMBER_NODES: readonly Node[] = [
  new ByteNode('y', 1),
  new BooleanNode('b', 1),
  new Int16Node('n', 2),
  new Uint16Node('q', 2),
  new Int32Node('i', 4),
  new Uint32Node('u', 4),
  new Int32Node('h', 4),
  new Int64Node('x', 8),
  new Uint64Node('t', 8),
  new DoubleNode('d', 8),
];
