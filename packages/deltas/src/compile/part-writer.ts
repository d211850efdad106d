import type { Checksum, FileHeader, Xattrs } from '@ost/objects';
import { checksumToBytes } from '@ost/objects';
import type { DeltaObject } from '../format/object-list.js';
import { OPCODES } from '../format/operations.js';
import type { FileMode } from '../format/payload.js';
import { encodePayload } from '../format/payload.js';
import { pushVarint } from '../format/varint.js';
import type { DeltaObjectType } from '../store.js';
import type { Copy } from './copies.js';

/**
 * Whole files of this size and more begin at a multiple of a word, as what is in programs does: the compressor, which
 * expects the same, makes programs up to half a percent smaller.
 */
const ALIGNED = 4096;
const WORD = 4;

/** Puts the operations of one part together ("Operations and execution" of the delta format). */
export class PartWriter {
  /** The objects that the operations produce, in order. */
  readonly objects: DeltaObject[] = [];
  /** Bytes of content of these. */
  usize = 0;
  readonly #modes = new Table<FileMode>();
  readonly #xattrs = new Table<Xattrs>();
  readonly #blob: Uint8Array[] = [];
  #blobLength = 0;
  readonly #operations: number[] = [];

  /** Bytes of data so far. */
  get size(): number {
    return this.#blobLength;
  }

  /** A metadata object, as it is. */
  metadata(type: Exclude<DeltaObjectType, 'file'>, checksum: Checksum, bytes: Uint8Array): void {
    this.#operation(OPCODES.openSpliceAndClose, bytes.length, this.#append(bytes));
    this.#finish(type, checksum, bytes.length);
  }

  /** A file with its whole content, or a symbolic link. */
  whole(checksum: Checksum, header: FileHeader, content: Uint8Array): void {
    const bytes = header.symlinkTarget === '' ? content : new TextEncoder().encode(header.symlinkTarget);
    if (bytes.length >= ALIGNED) this.#append(new Uint8Array(-this.#blobLength & (WORD - 1)));
    this.#operation(OPCODES.openSpliceAndClose, ...this.#tables(header), bytes.length, this.#append(bytes));
    this.#finish('file', checksum, content.length);
  }

  /** A file of which the old one has most. */
  copies(checksum: Checksum, header: FileHeader, content: Uint8Array, from: Checksum, copies: readonly Copy[]): void {
    const source = this.#append(checksumToBytes(from));
    this.#operation(OPCODES.open, ...this.#tables(header), content.length);
    let reading = false;
    let done = 0;
    const literal = (end: number): void => {
      if (end === done) return;
      if (reading) this.#operation(OPCODES.unsetReadSource);
      reading = false;
      this.#operation(OPCODES.write, end - done, this.#append(content.subarray(done, end)));
      done = end;
    };
    for (const { to, from: place, length } of copies) {
      literal(to);
      if (!reading) this.#operation(OPCODES.setReadSource, source);
      reading = true;
      this.#operation(OPCODES.write, length, place);
      done += length;
    }
    literal(content.length);
    if (reading) this.#operation(OPCODES.unsetReadSource);
    this.#operation(OPCODES.close);
    this.#finish('file', checksum, content.length);
  }

  /** A file that is the old one with a bsdiff stream applied to it. */
  patched(checksum: Checksum, header: FileHeader, size: number, from: Checksum, stream: Uint8Array): void {
    this.#operation(OPCODES.setReadSource, this.#append(checksumToBytes(from)));
    this.#operation(OPCODES.open, ...this.#tables(header), size);
    this.#operation(OPCODES.bspatch, this.#append(stream), stream.length);
    this.#operation(OPCODES.close);
    this.#operation(OPCODES.unsetReadSource);
    this.#finish('file', checksum, size);
  }

  /** The part before compression. The writer is used up. */
  payload(): Uint8Array {
    const tables = { modes: this.#modes.values, xattrs: this.#xattrs.values };
    return encodePayload(tables, this.#blob, Uint8Array.from(this.#operations));
  }

  #append(bytes: Uint8Array): number {
    const offset = this.#blobLength;
    this.#blob.push(bytes);
    this.#blobLength += bytes.length;
    return offset;
  }

  #operation(code: number, ...numbers: readonly number[]): void {
    this.#operations.push(code);
    for (const value of numbers) pushVarint(this.#operations, value);
  }

  #tables({ uid, gid, mode, xattrs }: FileHeader): [number, number] {
    const key = xattrs.map(({ name, value }) => `${hex(name)}=${hex(value)}`).join();
    return [this.#modes.index(`${uid}.${gid}.${mode}`, { uid, gid, mode }), this.#xattrs.index(key, xattrs)];
  }

  #finish(type: DeltaObjectType, checksum: Checksum, usize: number): void {
    this.objects.push({ type, checksum });
    this.usize += usize;
  }
}

/** Distinct values in the order in which they were first met. */
class Table<T> {
  readonly values: T[] = [];
  readonly #indices = new Map<string, number>();

  index(key: string, value: T): number {
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.values.length);
    this.values.push(value);
    return this.values.length - 1;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
