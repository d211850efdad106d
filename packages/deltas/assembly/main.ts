/**
 * bsdiff: cuts the new file into segments of the old one. The scan follows a diagonal as long as it matches well, and
 * searches for a better one where it does not.
 */
import { get, set } from './array';
import { differences, firstDifference } from './diagonal';
import { setFiles, newByte, oldByte, toSize } from './files';
import { fillFilter, maybeSuffix } from './filter';
import { reserve } from './host';
import { matchAt, matchLength, search } from './search';
import { beginSegment, endSegments, startSegments } from './segment';
import { STEP, STRETCH } from './step';
import { sortSuffixes } from './suffixes';

export { restoreOrder } from './doubling';
export { addToFilter } from './filter';
export { countBuckets, putInBuckets } from './suffixes';

/** A diagonal is given up for one that has this many more matching bytes: what a record costs after compression. */
const GAIN: i32 = 10;
/** Bytes that are looked at to tell whether a diagonal goes badly. */
const WINDOW: i32 = 64;
/** Bytes behind a match that count as well: a match that leads on to others is worth more than an accident. */
const BEYOND: i32 = 32;

let order: usize = 0;
let rank: usize = 0;
let buckets: usize = 0;
let bucketBits: u32 = 0;
let filter: usize = 0;
let filterBits: u32 = 0;
let keys: usize = 0;
/** The matches of the last {@link STEP} positions: old position and length of each. */
let recent: usize = 0;

/** Where the index goes; it is built when the first search is due. */
export function setIndex(
  orderAt: usize,
  rankAt: usize,
  bucketsAt: usize,
  bucketsBits: u32,
  filterAt: usize,
  filterBitCount: u32,
  keysAt: usize,
  recentAt: usize,
): void {
  order = orderAt;
  rank = rankAt;
  buckets = bucketsAt;
  bucketBits = bucketsBits;
  filter = filterAt;
  filterBits = filterBitCount;
  keys = keysAt;
  recent = recentAt;
}

function buildIndex(): void {
  reserve();
  sortSuffixes(order, rank, buckets, bucketBits, keys);
  fillFilter(filter, filterBits);
}

/** The best match found by {@link findBetter}. */
let segment: i32 = 0;
let segmentOld: i32 = 0;
let segmentEnd: i32 = 0;
/** New position up to which matches have been searched for. */
let searched: i32 = 0;

/** Where the scan is in the new file, and on which diagonal. */
let position: i32 = 0;
let diagonal: i32 = 0;
/** Whether the index has been built. */
let indexed: bool = false;

/** Begins the scan; {@link advance} does it. */
export function start(fromAt: usize, fromLength: i32, toAt: usize, toLength: i32): void {
  setFiles(fromAt, fromLength, toAt, toLength);
  startSegments();
  position = 0;
  diagonal = 0;
  indexed = false;
  searched = 0;
}

/** Goes on with the scan, giving records to the host. Returns false after the last one. */
export function advance(): bool {
  for (let turn = 0; turn < STRETCH; turn++) {
    const bad = firstDifference(position, diagonal);
    if (bad >= toSize) {
      endSegments();
      return false;
    }
    position = bad + 1;
    if (indexed) {
      let next = bad;
      // No match begins before the next string that a suffix may begin with, less what is before that suffix.
      while (next < toSize && !maybeSuffix(next)) next++;
      if (next >= bad + STEP) {
        position = next - STEP + 1;
        continue;
      }
    }
    if (differences(bad, min(toSize, bad + WINDOW), diagonal) <= GAIN) continue;
    if (!indexed) {
      buildIndex();
      indexed = true;
    }
    if (findBetter(bad)) {
      beginSegment(segment, segmentOld);
      diagonal = segmentOld - segment;
      position = segmentEnd;
    }
  }
  return true;
}

/** Looks for a match around `bad` that is worth leaving the diagonal for. */
function findBetter(bad: i32): bool {
  let best = GAIN;
  const stop = min(toSize, bad + STEP);
  for (let at = bad; at < stop; at++) {
    const slot = (at & (STEP - 1)) * 2;
    if (at >= searched) {
      search(at);
      set(recent, slot, matchAt);
      set(recent, slot + 1, matchLength);
      searched = at + 1;
    }
    const old = get(recent, slot);
    const length = get(recent, slot + 1);
    let back = 0;
    while (back < at - bad && old > back && newByte(at - back - 1) === oldByte(old - back - 1)) back++;
    if (length + back <= GAIN) continue;
    const last = at + length;
    const beyond = min(toSize, last + BEYOND);
    const gain = differences(at - back, beyond, diagonal) - differences(last, beyond, old - at);
    if (gain > best) {
      best = gain;
      segment = at - back;
      segmentOld = old - back;
      segmentEnd = last;
    }
  }
  return best > GAIN;
}
