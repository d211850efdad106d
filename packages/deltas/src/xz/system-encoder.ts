import { createRequire } from 'node:module';
import { OstError } from '@ost/objects';
import type { XzEncoder } from './encoder.js';

const LIBRARY = 'liblzma.so.5';
const LZMA2 = 0x21n;
const END_OF_FILTERS = 0xffff_ffff_ffff_ffffn;
const CRC64 = 4;
/** More than `lzma_options_lzma` has; its first field is the size of the dictionary. */
const OPTIONS_SIZE = 512;

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
  readonly bound: CFunction;
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
    bound: library.func('lzma_stream_buffer_bound', 'size_t', ['size_t']),
    encode: library.func('lzma_stream_buffer_encode', 'int', [filters, 'int', ...buffers]),
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
  async encode(bytes, { preset, dictionary }) {
    const library = open();
    const options = new Uint32Array(OPTIONS_SIZE / 4);
    if (library.preset(options, preset) !== 0) throw new OstError('unsupported', `liblzma has no preset ${preset}`);
    options[0] = dictionary;
    const filters = [
      { id: LZMA2, options },
      { id: END_OF_FILTERS, options: null },
    ];
    const output = new Uint8Array(library.bound(bytes.length));
    const length = new BigUint64Array(1);
    const result = await new Promise<number>((resolve, reject) => {
      const done = (error: Error | null, value: number) => (error === null ? resolve(value) : reject(error));
      library.encode.async(filters, CRC64, null, bytes, bytes.length, output, length, output.length, done);
    });
    if (result !== 0) throw new OstError('io', `liblzma cannot encode: error ${result}`);
    return output.slice(0, Number(length[0]));
  },
};
