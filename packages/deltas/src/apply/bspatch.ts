import { corrupt } from '../errors.js';
import { type PayloadBytes, WINDOW } from '../format/payload-bytes.js';
import type { DeltaSource } from '../store.js';
import type { BlockSource } from './block-source.js';
import type { FileAssembler } from './file-assembler.js';
import { readFully } from './read-fully.js';

const RECORD = 24;
const MAX_SEGMENT = 2 ** 31 - 1;

/** So few bytes are added one by one: arrays and views of them would take longer. */
const FEW = 256;

/**
 * Applies a bsdiff stream ("bsdiff stream" of the delta format) to `source`: records of bytes to add to the old file and
 * bytes to insert. Old bytes outside of the file count as zero. The stream must yield exactly what the file lacks.
 */
export async function bspatch(patch: PayloadBytes, source: BlockSource, target: FileAssembler): Promise<void> {
  const records = new Records(patch, source, target);
  while (!records.run()) await records.finish();
}

/** The records of a patch, which are many and small: most are applied without waiting, by functions that never do. */
class Records {
  readonly #patch: PayloadBytes;
  readonly #source: BlockSource;
  readonly #target: FileAssembler;
  /** Where the patch and the old file are read next. */
  #position = 0;
  #old = 0;
  /** What is left of the record. */
  #add = 0;
  #copy = 0;
  #seek = 0;

  constructor(patch: PayloadBytes, source: BlockSource, target: FileAssembler) {
    this.#patch = patch;
    this.#source = source;
    this.#target = target;
  }

  /** Applies records to the end; false when one is left of which something may have to be waited for. */
  run(): boolean {
    while (this.#target.remaining > 0) {
      this.#readRecord();
      if (!this.#addFew() || !this.#copyFew()) return false;
      this.#seekOld();
    }
    if (this.#position !== this.#patch.size) throw failed();
    return true;
  }

  /** Applies what is left of the record. */
  async finish(): Promise<void> {
    const patch = this.#patch;
    const target = this.#target;
    while (this.#add > 0) {
      const free = target.room(Math.min(WINDOW, this.#add));
      const room = free instanceof Promise ? await free : free;
      const reading = readOld(room, this.#source, this.#old);
      if (reading !== undefined) await reading;
      addBytes(room, patch.read(this.#position, room.length));
      target.commit(room.length);
      this.#added(room.length);
    }
    while (this.#copy > 0) {
      const chunk = patch.read(this.#position, Math.min(WINDOW, this.#copy));
      const { length } = chunk;
      const appending = target.append(chunk);
      if (appending !== undefined) await appending;
      this.#copied(length);
    }
    this.#seekOld();
  }

  #readRecord(): void {
    const patch = this.#patch;
    const start = this.#position;
    if (start + RECORD > patch.size) throw failed();
    const record = patch.around(start, RECORD);
    const at = patch.at(start);
    const [add, copy] = [offset(record, at), offset(record, at + 8)];
    if (add < 0 || add > MAX_SEGMENT || copy < 0 || copy > MAX_SEGMENT) throw failed();
    if (add + copy > this.#target.remaining || start + RECORD + add + copy > patch.size) throw failed();
    this.#position = start + RECORD;
    this.#add = add;
    this.#copy = copy;
    this.#seek = offset(record, at + 16);
  }

  /** Adds a few bytes to old ones that are in memory; false when they are not, or not few. */
  #addFew(): boolean {
    const length = this.#add;
    if (length > FEW || this.#old < 0) return false;
    const { window } = this.#target;
    const { bytes } = this.#source;
    const to = this.#target.at(length);
    const from = this.#source.at(this.#old, length);
    if (to < 0 || from < 0) return false;
    const terms = this.#patch.around(this.#position, length);
    const term = this.#patch.at(this.#position);
    for (let i = 0; i < length; i++) window[to + i] = (bytes[from + i] as number) + (terms[term + i] as number);
    this.#target.commit(length);
    this.#added(length);
    return true;
  }

  /** Inserts bytes for which there is room; false when there is not. */
  #copyFew(): boolean {
    const length = this.#copy;
    if (length === 0) return true;
    if (length > WINDOW || this.#target.at(length) < 0) return false;
    void this.#target.append(this.#patch.read(this.#position, length));
    this.#copied(length);
    return true;
  }

  #added(length: number): void {
    this.#position += length;
    this.#old += length;
    this.#add -= length;
  }

  #copied(length: number): void {
    this.#position += length;
    this.#copy -= length;
  }

  #seekOld(): void {
    this.#old += this.#seek;
    if (!Number.isSafeInteger(this.#old)) throw failed();
  }
}

/** Fills `room` with old bytes from `position` on, zeros where the old file has none. */
function readOld(room: Uint8Array, source: DeltaSource, position: number): Promise<void> | undefined {
  const from = Math.min(room.length, Math.max(0, -position));
  const to = Math.max(from, Math.min(room.length, source.size - position));
  room.fill(0, 0, from);
  room.fill(0, to);
  if (from === to) return undefined;
  return readFully(source, room.subarray(from, to), position + from, 'bsdiff patch failed: the source is too short');
}

/**
 * Adds each byte of `diff` to that of `target`, four at a time: the top bits apart, lest they carry into the next byte.
 * Most of a patch is zeros, which only have to be looked at.
 */
function addBytes(target: Uint8Array, diff: Uint8Array): void {
  const { length } = target;
  const sums = new DataView(target.buffer, target.byteOffset, length);
  const terms = new DataView(diff.buffer, diff.byteOffset, length);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = terms.getInt32(i, true);
    if (a === 0) continue;
    const b = sums.getInt32(i, true);
    sums.setInt32(i, ((a & 0x7f7f7f7f) + (b & 0x7f7f7f7f)) ^ ((a ^ b) & 0x80808080), true);
  }
  for (; i < length; i++) target[i] = (target[i] as number) + (diff[i] as number);
}

/** A sign-magnitude 64-bit number. One that a double cannot hold fits no file. */
function offset(bytes: Uint8Array, at: number): number {
  const high = word(bytes, at + 4);
  const magnitude = (high & 0x7fff_ffff) * 2 ** 32 + word(bytes, at);
  if (magnitude > Number.MAX_SAFE_INTEGER) throw failed();
  return high >= 0x8000_0000 ? -magnitude : magnitude;
}

function word(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}

function failed(): Error {
  return corrupt('bsdiff patch failed');
}
