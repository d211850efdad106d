import { createRequire } from 'node:module';
import { OstError } from '@ost/objects';
import type { XzEncoder } from './encoder.js';
import { FRAME_END, FRAME_START, frameXz } from './frame.js';

const LIBRARY = 'liblzma.so.5';
const LZMA2 = 0x21n;
const END_OF_FILTERS = 0xffff_ffff_ffff_ffffn;
/** More than `lzma_options_lzma` has, and where two of its 32-bit fields are. */
const OPTIONS_SIZE = 512;
const DICTIONARY_FIELD = 0;
const POSITION_BITS_FIELD = 7;

type CFunction = ((...values: unknown[]) => number) & {
  async(...values: [...unknown[], callback: (error: Error | null, result: number) => void]): void;
};

interface Koffi {
  load(path: string): { func(name: string, result: string, parameters: readonly unknown[]): CFunction };
  struct(fields: Readonly<Record<string, string>>): unknown;
  pointer(type: unknown): unknown;
}

interface Liblzma {
  readonly preset: CFunction;
  readonly crc64: CFunction;
  readonly encode: CFunction;
}

let liblzma: Liblzma | undefined;

function open(): Liblzma {
  if (liblzma !== undefined) return liblzma;
  // In a CommonJS bundle import.meta is empty, and __filename takes its place.
  const base = import.meta.url ?? (typeof __filename === 'string' ? __filename : `${process.cwd()}/`);
  const koffi = createRequire(base)('koffi') as Koffi;
  const library = koffi.load(LIBRARY);
  const filters = koffi.pointer(koffi.struct({ id: 'uint64_t', options: 'void *' }));
  const buffers = ['void *', 'void *', 'size_t', 'void *', 'void *', 'size_t'];
  liblzma = {
    preset: library.func('lzma_lzma_preset', 'uint8_t', ['void *', 'uint32_t']),
    crc64: library.func('lzma_crc64', 'uint64_t', ['void *', 'size_t', 'uint64_t']),
    encode: library.func('lzma_raw_buffer_encode', 'int', [filters, ...buffers]),
  };
  return liblzma;
}

/** Encodes xz with the system's liblzma, on a thread of koffi's. */
export const systemEncoder: XzEncoder = {
  name: 'liblzma',
  available() {
    try {
      open();
      return true;
    } catch {
      return false;
    }
  },
  async encode(bytes, { preset, dictionary, positionBits }) {
    const library = open();
    const options = new Uint32Array(OPTIONS_SIZE / 4);
    if (library.preset(options, preset) !== 0) throw new OstError('unsupported', `liblzma has no preset ${preset}`);
    options[DICTIONARY_FIELD] = dictionary;
    options[POSITION_BITS_FIELD] = positionBits;
    const filters = [
      { id: LZMA2, options },
      { id: END_OF_FILTERS, options: null },
    ];
    const stream = new Uint8Array(FRAME_START + lzma2Bound(bytes.length) + FRAME_END);
    const position = BigUint64Array.of(BigInt(FRAME_START));
    const end = stream.length - FRAME_END;
    const result = await new Promise<number>((resolve, reject) => {
      const done = (error: Error | null, value: number) => (error === null ? resolve(value) : reject(error));
      library.encode.async(filters, null, bytes, bytes.length, stream, position, end, done);
    });
    if (result !== 0) throw new OstError('io', `liblzma cannot encode: error ${result}`);
    const compressed = Number(position[0]) - FRAME_START;
    const crc64 = BigInt(library.crc64(bytes, bytes.length, 0));
    return stream.slice(0, frameXz(stream, { compressed, size: bytes.length, crc64, dictionary }));
  },
};

/** The most that LZMA2 makes of `size` bytes: what does not compress goes into chunks of 64 KiB with 3 bytes each. */
function lzma2Bound(size: number): number {
  return size + (Math.ceil(size / 65_536) + 1) * 4;
}
