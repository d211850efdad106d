import { badValue, notNormal } from '../errors.js';
import { type Reader, readWidth } from '../reader.js';
import { offsetWidth, type Writer } from '../writer.js';
import type { Node } from './node.js';

/** A tuple or a dictionary entry: members in order, offsets of the variable ones (but a last one) backwards at the end. */
export class TupleNode implements Node {
  readonly type: string;
  readonly alignment: 1 | 2 | 4 | 8;
  readonly fixedSize: number;
  readonly depth: number;
  readonly members: readonly Node[];
  /** How many members have a framing offset. */
  readonly offsetCount: number;

  constructor(type: string, members: readonly Node[]) {
    this.type = type;
    this.members = members;
    let alignment: 1 | 2 | 4 | 8 = 1;
    let size = 0;
    let depth = 0;
    let offsetCount = 0;
    let fixed = true;
    for (let i = 0; i < members.length; i++) {
      const member = members[i] as Node;
      if (member.alignment > alignment) alignment = member.alignment;
      if (member.depth > depth) depth = member.depth;
      size = alignUp(size, member.alignment) + member.fixedSize;
      if (member.fixedSize !== 0) continue;
      fixed = false;
      if (i < members.length - 1) offsetCount++;
    }
    this.alignment = alignment;
    this.depth = depth + 1;
    this.offsetCount = offsetCount;
    this.fixedSize = !fixed ? 0 : members.length === 0 ? 1 : alignUp(size, alignment);
  }

  write(writer: Writer, value: unknown, depth: number): void {
    const { members } = this;
    const { length } = members;
    if (!Array.isArray(value) || value.length !== length) throw badValue(this.type, value);
    const start = writer.pos;
    const ends: number[] | null = this.offsetCount > 0 ? [] : null;
    for (let i = 0; i < length; i++) {
      const member = members[i] as Node;
      if (member.alignment > 1) writer.align(member.alignment);
      member.write(writer, value[i], depth + 1);
      if (member.fixedSize === 0 && i < length - 1) (ends as number[]).push(writer.pos);
    }
    if (ends !== null) writer.offsets(start, ends, true);
    else if (length === 0) writer.byte(0);
    else if (this.fixedSize !== 0) writer.align(this.alignment);
  }

  read(reader: Reader, start: number, end: number, depth: number): unknown[] {
    const { members, offsetCount } = this;
    const { length } = members;
    const values: unknown[] = [];
    const width = readWidth(end - start);
    let table = end;
    let at = start;
    for (let i = 0; i < length; i++) {
      const member = members[i] as Node;
      const { fixedSize } = member;
      if (member.alignment > 1) at = reader.align(at, member.alignment, end);
      let stop: number;
      if (fixedSize !== 0) {
        stop = at + fixedSize;
      } else if (i === length - 1) {
        stop = table;
      } else {
        table -= width;
        if (table < at) throw notNormal();
        stop = start + reader.offset(table, width);
      }
      if (stop < at || stop > table) throw notNormal();
      values.push(member.read(reader, at, stop, depth + 1));
      at = stop;
    }
    if (this.fixedSize !== 0) {
      for (; at < end; at++) if (reader.bytes[at] !== 0) throw notNormal();
      return values;
    }
    if (at !== table || (offsetCount > 0 && offsetWidth(at - start, offsetCount) !== width)) throw notNormal();
    return values;
  }

  /** Where member `index` lies; only the framing on the way there is read. */
  locate(reader: Reader, start: number, end: number, index: number): { start: number; end: number } {
    const width = readWidth(end - start);
    const body = end - this.offsetCount * width;
    if (body < start) throw notNormal();
    let table = end;
    let at = start;
    for (let i = 0; ; i++) {
      const member = this.members[i] as Node;
      at = reader.align(at, member.alignment, body);
      let stop = body;
      if (member.fixedSize !== 0) {
        stop = at + member.fixedSize;
      } else if (i < this.members.length - 1) {
        table -= width;
        stop = start + reader.offset(table, width);
      }
      if (stop < at || stop > body) throw notNormal();
      if (i === index) return { start: at, end: stop };
      at = stop;
    }
  }
}

/** `pos` rounded up to a multiple of `alignment`, a power of two. */
export function alignUp(pos: number, alignment: number): number {
  return (pos + alignment - 1) & -alignment;
}
