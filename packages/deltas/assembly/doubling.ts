/**
 * Prefix doubling after Larsson and Sadakane. Suffixes that are equal to some depth form a group; the rank of each is the
 * last place of its group. The ranks of what follows at that depth sort a group to twice the depth.
 *
 * A group of one is done. In the order it is then no longer a suffix but a negative number, the length of a run of places
 * that are done, so that the next round skips it; the ranks give the order back in the end.
 */
import { get, set } from './array';
import { pick } from './random';
import { STRETCH } from './step';

/** Ranges of fewer than this are sorted by insertion. */
const FEW: i32 = 8;

let order: usize = 0;
let rank: usize = 0;
let count: i32 = 0;
/** Room for the keys of a small range. */
let keys: usize = 0;
/** Suffixes from one to the one whose rank sorts it. */
let ahead: i32 = 0;
/** Whether a group has more than one suffix. */
let unsorted: bool = false;

/** Takes suffixes that will be settled in groups equal to a depth of `depth` suffixes. */
export function startDoubling(orderAt: usize, rankAt: usize, suffixes: i32, keysAt: usize, depth: i32): void {
  order = orderAt;
  rank = rankAt;
  count = suffixes;
  keys = keysAt;
  ahead = depth;
}

/** Makes a group of the suffixes in the places `first` to `last`. */
export function settle(first: i32, last: i32): void {
  if (first === last) {
    set(rank, get(order, first), first);
    set(order, first, -1);
  } else {
    for (let place = first; place <= last; place++) set(rank, get(order, place), last);
  }
}

/** Sorts to the end. */
export function doubleDepth(): void {
  do {
    unsorted = false;
    round();
    ahead <<= 1;
  } while (unsorted);
  for (let suffix = 0; suffix < count; suffix += STRETCH) restoreOrder(suffix, min(suffix + STRETCH, count));
}

export function restoreOrder(first: i32, end: i32): void {
  for (let suffix = first; suffix < end; suffix++) set(order, get(rank, suffix), suffix);
}

function round(): void {
  let done = 0;
  for (let place = 0; place < count; ) {
    const entry = get(order, place);
    if (entry < 0) {
      done -= entry;
      place -= entry;
      continue;
    }
    if (done > 0) set(order, place - done, -done);
    done = 0;
    const last = get(rank, entry);
    sortGroup(place, last);
    place = last + 1;
    unsorted = true;
  }
  if (done > 0) set(order, count - done, -done);
}

/** The rank of what follows. Behind the end of the file nothing follows, so a shorter suffix comes first. */
function keyOf(suffix: i32): i32 {
  const next = suffix + ahead;
  return next < count ? get(rank, next) : count - next - 1;
}

function keyAt(place: i32): i32 {
  return keyOf(get(order, place));
}

/** Ternary quicksort. Smaller ones are settled first, so that what is not settled yet never has too small a rank. */
function sortGroup(low: i32, high: i32): void {
  while (high - low >= FEW) {
    const size = high - low + 1;
    const a = keyAt(low + pick(size));
    const b = keyAt(low + pick(size));
    const pivot = max(min(a, b), min(max(a, b), keyAt(low + pick(size))));
    let less = low;
    let greater = high;
    for (let place = low; place <= greater; ) {
      const suffix = get(order, place);
      const key = keyOf(suffix);
      if (key < pivot) {
        set(order, place++, get(order, less));
        set(order, less++, suffix);
      } else if (key > pivot) {
        set(order, place, get(order, greater));
        set(order, greater--, suffix);
      } else place++;
    }
    if (less > low) sortGroup(low, less - 1);
    settle(less, greater);
    low = greater + 1;
  }
  if (low <= high) sortFew(low, high);
}

function sortFew(low: i32, high: i32): void {
  for (let place = low; place <= high; place++) {
    const suffix = get(order, place);
    const key = keyOf(suffix);
    let at = place;
    for (; at > low && get(keys, at - low - 1) > key; at--) {
      set(keys, at - low, get(keys, at - low - 1));
      set(order, at, get(order, at - 1));
    }
    set(keys, at - low, key);
    set(order, at, suffix);
  }
  for (let first = low; first <= high; ) {
    const key = get(keys, first - low);
    let last = first;
    while (last < high && get(keys, last + 1 - low) === key) last++;
    settle(first, last);
    first = last + 1;
  }
}
