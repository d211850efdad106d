import { corrupt } from '../errors.js';
import { VarintReader } from './varint.js';

/** The operation bytes of a part's program. */
export const OPCODES = {
  openSpliceAndClose: 0x53, // S
  open: 0x6f, // o
  write: 0x77, // w
  setReadSource: 0x72, // r
  unsetReadSource: 0x52, // R
  close: 0x63, // c
  bspatch: 0x42, // B
} as const;

/** Answers whether the k-th object of the part is a metadata object, which decides how `S` is read. */
export type IsMetadata = (index: number) => boolean;

/**
 * Walks the operations of a part without executing them. After {@link OperationReader.next} answered true, `code` is
 * the operation and the fields that it uses are set; the others keep stale values.
 */
export class OperationReader {
  /** The operation, one of {@link OPCODES}. */
  code = 0;
  /** Index of the object that the operation belongs to. */
  object = 0;
  /** Index in the mode table (`S` of a file, `o`). */
  mode = 0;
  /** Index in the xattr table (`S` of a file, `o`). */
  xattrs = 0;
  /** Bytes to take (`S`, `w`, `B`), or content size (`o`). */
  length = 0;
  /** Where to take them (`S`, `w`, `r`, `B`). */
  offset = 0;
  /** Operations read so far. */
  count = 0;

  readonly #varints: VarintReader;
  readonly #objects: number;
  readonly #isMetadata: IsMetadata;
  #nextObject = 0;

  constructor(operations: Uint8Array, objects: number, isMetadata: IsMetadata) {
    this.#varints = new VarintReader(operations);
    this.#objects = objects;
    this.#isMetadata = isMetadata;
  }

  /** Objects that were finished by the operations read so far. */
  get finished(): number {
    return this.#nextObject;
  }

  /** Reads the next operation; false at the end. */
  next(): boolean {
    const varints = this.#varints;
    const code = varints.bytes[varints.position];
    if (code === undefined) return false;
    varints.position++;
    this.code = code;
    this.object = this.#nextObject;
    switch (code) {
      case OPCODES.openSpliceAndClose:
        this.#expectObject();
        if (!this.#isMetadata(this.object)) this.#readTables('opcode open-splice-and-close');
        this.length = varints.next('opcode open-splice-and-close');
        this.offset = varints.next('opcode open-splice-and-close');
        this.#nextObject++;
        break;
      case OPCODES.open:
        this.#expectObject();
        this.#readTables('opcode open');
        this.length = varints.next('opcode open');
        break;
      case OPCODES.write:
        this.length = varints.next('opcode write');
        this.offset = varints.next('opcode write');
        break;
      case OPCODES.setReadSource:
        this.offset = varints.next('opcode set-read-source');
        break;
      case OPCODES.unsetReadSource:
        break;
      case OPCODES.close:
        this.#expectObject();
        this.#nextObject++;
        break;
      case OPCODES.bspatch:
        this.offset = varints.next('opcode bspatch');
        this.length = varints.next('opcode bspatch');
        break;
      default:
        throw corrupt(`Unknown opcode ${code} at offset ${this.count}`);
    }
    this.count++;
    return true;
  }

  #readTables(what: string): void {
    this.mode = this.#varints.next(what);
    this.xattrs = this.#varints.next(what);
  }

  #expectObject(): void {
    if (this.object >= this.#objects) throw corrupt(`Operations name more objects than the ${this.#objects} listed`);
  }
}
