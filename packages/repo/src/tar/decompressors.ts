import { OstError } from '@ost/objects';
import { nodeStreamPromises, nodeZlib } from '../platform/builtins.js';
import { decompressWithProgram } from './decompress-program.js';

/**
 * One kind of compressed stream that an archive may be in. The seam for other decoders: pass a list of your own in
 * {@link TarTreeSource.decompressors}.
 */
export interface Decompressor {
  /** Name for messages. */
  readonly name: string;
  /** True when a stream that starts with these bytes (up to 512) is of this kind. */
  matches(start: Uint8Array): boolean;
  /** Decodes a stream with flat memory. Rejects when it is corrupt or ends too early. */
  decompress(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

function magic(...bytes: readonly number[]): (start: Uint8Array) => boolean {
  return (start) => bytes.every((byte, i) => start[i] === byte);
}

const gzip: Decompressor = {
  name: 'gzip',
  matches: magic(0x1f, 0x8b),
  decompress: (source) => transform('gzip', nodeZlib().createGunzip({ chunkSize: 1 << 18 }), source),
};

/** Node has zstd from 22.15 on. */
const zstd: Decompressor = {
  name: 'zstd',
  matches: magic(0x28, 0xb5, 0x2f, 0xfd),
  decompress(source, signal) {
    const zlib = nodeZlib() as { createZstdDecompress?: () => NodeJS.ReadWriteStream };
    const stream = zlib.createZstdDecompress?.();
    return stream === undefined
      ? decompressWithProgram('zstd', ['-dcq'], source, signal)
      : transform('zstd', stream, source);
  },
};

/**
 * A stream decoded by the program that every system with such files has. Unlike the decoder of static deltas, which
 * takes a whole part of bounded size into memory, it streams, and it works on another processor meanwhile.
 */
function byProgram(name: string, args: readonly string[], matches: Decompressor['matches']): Decompressor {
  return {
    name,
    matches,
    decompress: (source, signal) => decompressWithProgram(name, args, source, signal),
  };
}

/** gzip and, where Node has it, zstd in this process; zstd elsewhere, xz, lzma, bzip2 and lz4 by their programs. */
export const DECOMPRESSORS: readonly Decompressor[] = [
  gzip,
  zstd,
  byProgram('xz', ['-dcq'], magic(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)),
  // The old lzma format has no magic: properties that everybody uses, a dictionary, an unknown size or a sane one.
  byProgram('xz', ['-dcq', '--format=lzma'], (b) => b[0] === 0x5d && b[1] === 0 && b[2] === 0 && b.length > 13),
  byProgram('bzip2', ['-dcq'], magic(0x42, 0x5a, 0x68)),
  byProgram('lz4', ['-dcq'], magic(0x04, 0x22, 0x4d, 0x18)),
];

async function* transform(
  name: string,
  decoder: NodeJS.ReadWriteStream,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  // The pipeline's failure ends the iteration with the same error; only then is it of interest.
  const fed = nodeStreamPromises().pipeline(source, decoder as NodeJS.WritableStream);
  fed.catch(() => {});
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
    await fed;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!/^(Z_|ZSTD_|ERR_ZSTD)/.test(code ?? '')) throw error;
    const short = code === 'Z_BUF_ERROR';
    throw new OstError('corrupt', short ? `truncated ${name} input` : `${name} decompression failed`, { cause: error });
  }
}
