import { corrupt, tooLarge } from '../errors.js';

/** One chunk of an LZMA2 stream. */
export interface Lzma2Chunk {
  /** The control byte: kind of chunk and what it resets. */
  readonly control: number;
  /** The new lc/lp/pb byte, if the chunk sets one. */
  readonly properties: number;
  /** Where its data begins, and how many bytes it has. */
  readonly start: number;
  readonly length: number;
  /** Bytes that it yields. */
  readonly size: number;
}

/** The chunks of one block, where they end, and what they yield together. */
export interface Lzma2Chunks {
  readonly chunks: readonly Lzma2Chunk[];
  readonly end: number;
  readonly size: number;
}

/** Reads the chunk headers of an LZMA2 stream; refuses one that yields more than `limit`. */
export function readChunks(bytes: Uint8Array, start: number, limit: number): Lzma2Chunks {
  const chunks: Lzma2Chunk[] = [];
  let position = start;
  let size = 0;
  let mustResetDictionary = true;
  let mustSetProperties = true;
  for (;;) {
    const control = bytes[position];
    if (control === undefined) throw truncated();
    if (control === 0) return { chunks, end: position + 1, size };
    const chunk = control < 0x80 ? plainChunk(bytes, position, control) : lzmaChunk(bytes, position, control);
    const resetsDictionary = control === 1 || control >= 0xe0;
    const setsProperties = control >= 0xc0;
    if (mustResetDictionary && !resetsDictionary) throw corrupt('Data is corrupt');
    mustResetDictionary = false;
    if (resetsDictionary && control < 0x80) mustSetProperties = true;
    if (control >= 0x80) {
      if (mustSetProperties && !setsProperties) throw corrupt('Data is corrupt');
      mustSetProperties = false;
    }
    size += chunk.size;
    if (size > limit) throw tooLarge('Uncompressed size of static delta part', size, limit);
    position = chunk.start + chunk.length;
    if (position > bytes.length) throw truncated();
    chunks.push(chunk);
  }
}

function plainChunk(bytes: Uint8Array, at: number, control: number): Lzma2Chunk {
  if (control > 2) throw corrupt('Data is corrupt');
  if (at + 3 > bytes.length) throw truncated();
  const size = u16(bytes, at + 1) + 1;
  return { control, properties: 0, start: at + 3, length: size, size };
}

function lzmaChunk(bytes: Uint8Array, at: number, control: number): Lzma2Chunk {
  const header = control >= 0xc0 ? 6 : 5;
  if (at + header > bytes.length) throw truncated();
  return {
    control,
    properties: control >= 0xc0 ? (bytes[at + 5] as number) : 0,
    start: at + header,
    length: u16(bytes, at + 3) + 1,
    size: ((control & 0x1f) << 16) + u16(bytes, at + 1) + 1,
  };
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function truncated(): Error {
  return corrupt('Input buffer too small');
}
