import { crc32 } from './crc.js';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const FLAGS = [0, 4]; // CRC64
const LZMA2 = 0x21;

/** Bytes before the LZMA2 data: the headers of the stream and of its only block. */
export const FRAME_START = 24;
/** Bytes after it at most. */
export const FRAME_END = 64;

/** What is in the only block of a stream. */
export interface FramedBlock {
  /** Bytes of LZMA2 data, which lie in the stream from {@link FRAME_START} on. */
  readonly compressed: number;
  /** Bytes before compression, and the CRC64 of these. */
  readonly size: number;
  readonly crc64: bigint;
  /** Bytes of dictionary that a decoder needs. */
  readonly dictionary: number;
}

/**
 * Writes the frame of an xz stream around LZMA2 data, and answers where the stream ends. The block's header tells no
 * sizes: the index has them, and 8 bytes are saved.
 */
export function frameXz(stream: Uint8Array, { compressed, size, crc64, dictionary }: FramedBlock): number {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  let at = 0;
  const put = (...bytes: readonly number[]): void => {
    stream.set(bytes, at);
    at += bytes.length;
  };
  const check = (start: number): void => {
    view.setUint32(at, crc32(stream.subarray(start, at)), true);
    at += 4;
  };
  const pad = (start: number): void => put(...new Array<number>(-(at - start) & 3).fill(0));

  put(...MAGIC, ...FLAGS);
  check(MAGIC.length);
  put(2, 0, LZMA2, 1, dictionaryProperty(dictionary), 0, 0, 0);
  check(12);
  at += compressed;
  pad(FRAME_START);
  view.setBigUint64(at, crc64, true);
  at += 8;
  const index = at;
  put(0, 1, ...multibyte(FRAME_START - 12 + compressed + 8), ...multibyte(size));
  pad(index);
  check(index);
  const indexSize = at - index;
  const footer = at;
  at += 4;
  view.setUint32(at, indexSize / 4 - 1, true);
  at += 4;
  put(...FLAGS);
  view.setUint32(footer, crc32(stream.subarray(footer + 4, at)), true);
  put(0x59, 0x5a);
  return at;
}

/** The smallest size that the format can name and that holds `dictionary`: 2 or 3 times a power of two. */
function dictionaryProperty(dictionary: number): number {
  let property = 0;
  while ((2 | (property & 1)) * 2 ** ((property >>> 1) + 11) < dictionary) property++;
  return property;
}

function multibyte(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
