import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';

/** One compiled type. `alignment` and `fixedSize` follow the serialization rules of the GVariant specification. */
export interface Node {
  readonly type: string;
  readonly alignment: 1 | 2 | 4 | 8;
  /** Bytes of every value of the type, or 0 if that varies. */
  readonly fixedSize: number;
  /** Levels of the type, its leaves included. */
  readonly depth: number;
  /** Appends a value; `writer.pos` is aligned already. */
  write(writer: Writer, value: unknown, depth: number): void;
  /** Decodes the value that fills `start` to `end`; throws unless it is in normal form. A fixed size is checked by the caller. */
  read(reader: Reader, start: number, end: number, depth: number): unknown;
}
