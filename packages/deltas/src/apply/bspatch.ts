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
  let position = 0;
  let old = 0;
  while (target.remaining > 0) {
    if (position + RECORD > patch.size) throw failed();
    const record = patch.around(position, RECORD);
    const at = patch.at(position);
    const [add, copy, seek] = [offset(record, at), offset(record, at + 8), offset(record, at + 16)];
    position += RECORD;
    if (add < 0 || add > MAX_SEGMENT || copy < 0 || copy > MAX_SEGMENT) throw failed();
    if (add + copy > target.remaining || position + add + copy > patch.size) throw failed();
    // Records are many and small: nothing is waited for that is there.
    if (addFew(patch, position, source, old, target, add)) {
      position += add;
      old += add;
    } else {
      for (const end = position + add; position < end; ) {
        const free = target.room(Math.min(WINDOW, end - position));
        const room = free instanceof Promise ? await free : free;
        const reading = readOld(room, source, old);
        if (reading !== undefined) await reading;
        addBytes(room, patch.read(position, room.length));
        target.commit(room.length);
        position += room.length;
        old += room.length;
      }
    }
    for (const end = position + copy; position < end; ) {
      const chunk = patch.read(position, Math.min(WINDOW, end - position));
      const { length } = chunk;
      const appending = target.append(chunk);
      if (appending !== undefined) await appending;
      position += length;
    }
    old += seek;
    if (!Number.isSafeInteger(old)) throw failed();
  }
  if (position !== patch.size) throw failed();
}

/** Adds a few bytes to old ones that are in memory; false when they are not, or not few. */
function addFew(
  patch: PayloadBytes,
  position: number,
  source: BlockSource,
  old: number,
  target: FileAssembler,
  length: number,
): boolean {
  if (length > FEW || old < 0) return false;
  const to = target.at(length);
  const from = source.at(old, length);
  if (to < 0 || from < 0) return false;
  const terms = patch.around(position, length);
  const term = patch.at(position);
  const { window } = target;
  const { bytes } = source;
  for (let i = 0; i < length; i++) window[to + i] = (bytes[from + i] as number) + (terms[term + i] as number);
  target.commit(length);
  return true;
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
