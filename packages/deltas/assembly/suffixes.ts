/**
 * The suffixes of the old file that begin at every fourth byte, in lexical order. A match of 7 bytes or more holds one of
 * them at one of four new positions in a row, so these find what all suffixes would, for a quarter of the work and memory.
 *
 * First come buckets by leading bits, then sorting by text to a small depth (`by-text.ts`), and what is equal so far goes
 * through prefix doubling (`doubling.ts`): O(n log n) steps for any input.
 */
import { get, set } from './array';
import { DEPTH, sortByText } from './by-text';
import { doubleDepth, startDoubling } from './doubling';
import { from, fromSize } from './files';
import { STEP, STRETCH } from './step';

/** Number of suffixes; they end with the last whole word of the old file. */
export let count: i32 = 0;
/** The sorted suffixes, by their number: suffix `i` begins at byte `STEP * i`. */
export let order: usize = 0;

let buckets: usize = 0;
let shift: u32 = 0;

/**
 * Sorts. There is room for a number per suffix at `orderAt` and at `rankAt`, which is needed only meanwhile, for
 * 2 ** bits + 1 numbers at `bucketsAt`, and at `keysAt` for what sorting by text keeps.
 */
export function sortSuffixes(orderAt: usize, rankAt: usize, bucketsAt: usize, bits: u32, keysAt: usize): void {
  order = orderAt;
  buckets = bucketsAt;
  shift = 32 - bits;
  count = fromSize / STEP;
  const total = 1 << bits;
  fillBuckets(total);
  startDoubling(orderAt, rankAt, count, keysAt, DEPTH / STEP);
  let first = 0;
  for (let bucket = 0; bucket < total; bucket++) {
    const end = get(buckets, bucket);
    if (end > first) sortByText(first, end - 1, orderAt, keysAt);
    first = end;
  }
  doubleDepth();
}

/** Where suffixes that begin with the four bytes of `word` start in the order, give or take those of its bucket. */
export function bucketStart(word: u32): i32 {
  const bucket = bucketOf(word);
  return bucket === 0 ? 0 : get(buckets, bucket - 1);
}

/** Where they end. */
export function bucketEnd(word: u32): i32 {
  return get(buckets, bucketOf(word));
}

function bucketOf(word: u32): i32 {
  return <i32>(bswap<u32>(word) >> shift);
}

function wordOf(suffix: i32): u32 {
  return load<u32>(from + suffix * STEP);
}

function fillBuckets(total: i32): void {
  memory.fill(buckets, 0, (<usize>(total + 1)) << 2);
  for (let suffix = 0; suffix < count; suffix += STRETCH) countBuckets(suffix, min(suffix + STRETCH, count));
  for (let bucket = 1; bucket <= total; bucket++) set(buckets, bucket, get(buckets, bucket) + get(buckets, bucket - 1));
  for (let suffix = 0; suffix < count; suffix += STRETCH) putInBuckets(suffix, min(suffix + STRETCH, count));
}

export function countBuckets(first: i32, end: i32): void {
  for (let suffix = first; suffix < end; suffix++) {
    const next = bucketOf(wordOf(suffix)) + 1;
    set(buckets, next, get(buckets, next) + 1);
  }
}

/** Putting a suffix into a bucket moves the bucket's start; after the last one it is where its end is. */
export function putInBuckets(first: i32, end: i32): void {
  for (let suffix = first; suffix < end; suffix++) {
    const bucket = bucketOf(wordOf(suffix));
    const at = get(buckets, bucket);
    set(buckets, bucket, at + 1);
    set(order, at, suffix);
  }
}
