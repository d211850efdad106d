/** Sorts ranges of suffixes by their text, eight bytes at a time: ternary quicksort, with the bytes kept beside. */
import { get, set } from './array';
import { settle } from './doubling';
import { oldWord } from './files';
import { pick } from './random';
import { STEP } from './step';

/** Depth in bytes to which text is compared. */
export const DEPTH: i32 = 16;
/** Ranges of fewer than this are sorted by insertion. */
const FEW: i32 = 12;
/** Ranges up to this size have their keys beside them: 256 KiB, which stays in a processor's cache. */
const CACHED: i32 = 32768;

let order: usize = 0;
let keys: usize = 0;
/** Place in the order whose key is the first at `keys`. */
let base: i32 = 0;

/** Sorts the suffixes in the places `low` to `high` of the order. What is equal to the depth is settled as one group. */
export function sortByText(low: i32, high: i32, orderAt: usize, keysAt: usize): void {
  order = orderAt;
  keys = keysAt;
  sortRange(low, high, 0);
}

function sortRange(low: i32, high: i32, depth: i32): void {
  if (low === high || depth === DEPTH) settle(low, high);
  else if (high - low < CACHED) {
    base = low;
    sortDeeper(low, high, depth);
  } else partitionLarge(low, high, depth);
}

function textOf(place: i32, depth: i32): u64 {
  return bswap<u64>(oldWord(get(order, place) * STEP + depth));
}

function median(a: u64, b: u64, c: u64): u64 {
  return max(min(a, b), min(max(a, b), c));
}

/** One step of quicksort that reads the text itself. */
function partitionLarge(low: i32, high: i32, depth: i32): void {
  const size = high - low + 1;
  const pivot = median(
    textOf(low + pick(size), depth),
    textOf(low + pick(size), depth),
    textOf(low + pick(size), depth),
  );
  let less = low;
  let greater = high;
  for (let place = low; place <= greater; ) {
    const suffix = get(order, place);
    const key = textOf(place, depth);
    if (key < pivot) {
      set(order, place++, get(order, less));
      set(order, less++, suffix);
    } else if (key > pivot) {
      set(order, place, get(order, greater));
      set(order, greater--, suffix);
    } else place++;
  }
  if (less > low) sortRange(low, less - 1, depth);
  sortRange(less, greater, depth + 8);
  if (greater < high) sortRange(greater + 1, high, depth);
}

function keyAt(place: i32): u64 {
  return load<u64>(keys + ((<usize>(place - base)) << 3));
}

function setKey(place: i32, key: u64): void {
  store<u64>(keys + ((<usize>(place - base)) << 3), key);
}

/** Sorts suffixes that are equal up to `depth` by the next eight bytes. */
function sortDeeper(low: i32, high: i32, depth: i32): void {
  if (low === high || depth === DEPTH) {
    settle(low, high);
    return;
  }
  for (let place = low; place <= high; place++) setKey(place, textOf(place, depth));
  sortByKeys(low, high, depth);
}

function sortByKeys(low: i32, high: i32, depth: i32): void {
  const size = high - low + 1;
  if (size < FEW) {
    insert(low, high);
    settleRuns(low, high, depth);
    return;
  }
  const pivot = median(keyAt(low + pick(size)), keyAt(low + pick(size)), keyAt(low + pick(size)));
  let less = low;
  let greater = high;
  for (let place = low; place <= greater; ) {
    const key = keyAt(place);
    if (key < pivot) swap(place++, less++);
    else if (key > pivot) swap(place, greater--);
    else place++;
  }
  if (less > low) sortByKeys(low, less - 1, depth);
  sortDeeper(less, greater, depth + 8);
  if (greater < high) sortByKeys(greater + 1, high, depth);
}

function swap(a: i32, b: i32): void {
  const suffix = get(order, a);
  set(order, a, get(order, b));
  set(order, b, suffix);
  const key = keyAt(a);
  setKey(a, keyAt(b));
  setKey(b, key);
}

function insert(low: i32, high: i32): void {
  for (let place = low + 1; place <= high; place++) {
    const key = keyAt(place);
    const suffix = get(order, place);
    let at = place;
    for (; at > low && keyAt(at - 1) > key; at--) {
      setKey(at, keyAt(at - 1));
      set(order, at, get(order, at - 1));
    }
    setKey(at, key);
    set(order, at, suffix);
  }
}

function settleRuns(low: i32, high: i32, depth: i32): void {
  for (let first = low; first <= high; ) {
    const key = keyAt(first);
    let last = first;
    while (last < high && keyAt(last + 1) === key) last++;
    sortDeeper(first, last, depth + 8);
    first = last + 1;
  }
}
