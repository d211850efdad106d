import { tooLarge } from '../errors.js';

/** Zero bytes behind each file, so that whole words may be read at its end. */
const PADDING = 32;
/** What sorting keeps beside the suffixes: keys of 32,768 of them. */
const KEYS = 8 * 32_768;
/** Addresses of WebAssembly are 32 bits wide, positions in files 31. */
const MAX_MEMORY = 2 ** 32 - 65_536;
const MAX_FILE = 2 ** 31 - 65_536;

/** Where things are in the memory of the diff: the files, and behind `index` what searching needs. */
export interface Layout {
  readonly recent: number;
  readonly from: number;
  readonly to: number;
  readonly index: number;
  readonly order: number;
  readonly rank: number;
  readonly buckets: number;
  readonly bucketBits: number;
  readonly filter: number;
  readonly filterBits: number;
  readonly keys: number;
  readonly end: number;
}

/** The layout for files of these sizes. Throws an error with code `limit` if they are too large. */
export function layoutFor(fromSize: number, toSize: number): Layout {
  if (Math.max(fromSize, toSize) > MAX_FILE) {
    throw tooLarge('Too large for bsdiff', Math.max(fromSize, toSize), MAX_FILE);
  }
  const suffixes = Math.floor(fromSize / 4);
  const bits = Math.ceil(Math.log2(suffixes + 1));
  const bucketBits = Math.min(Math.max(8, bits - 1), 22);
  const filterBits = Math.max(12, bits + 3);

  let end = 64;
  const take = (size: number) => {
    const start = end;
    end = Math.ceil((end + size) / 16) * 16;
    return start;
  };
  const layout = {
    recent: take(32),
    from: take(fromSize + PADDING),
    to: take(toSize + PADDING),
    index: end,
    order: take(4 * suffixes),
    rank: take(4 * suffixes),
    buckets: take(4 * (2 ** bucketBits + 1)),
    bucketBits,
    filter: take(2 ** (filterBits - 3)),
    filterBits,
    keys: take(KEYS),
  };
  if (end > MAX_MEMORY) throw tooLarge('Too large for bsdiff', end, MAX_MEMORY);
  return { ...layout, end };
}
