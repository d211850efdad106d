/** Searches for the longest match of new text in the old file. */
import { get } from './array';
import { from, fromSize, newByte, oldByte, to, toSize } from './files';
import { maybeSuffix } from './filter';
import { STEP } from './step';
import { bucketEnd, bucketStart, count, order } from './suffixes';

/** Old position and length of the match that {@link search} found. */
export let matchAt: i32 = 0;
export let matchLength: i32 = 0;

/** Shorter text is not searched for. */
const SHORTEST: i32 = 8;

/** Finds the suffix that has the most in common with the new text from `position` on, if there are any like it. */
export function search(position: i32): void {
  matchAt = 0;
  matchLength = 0;
  if (position + SHORTEST > toSize || !maybeSuffix(position)) return;
  const word = load<u32>(to + position);
  let low = bucketStart(word);
  let high = bucketEnd(word);
  // Both neighbours of the place that the text would have are looked at on the way, and one of them is the best.
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (precedes(get(order, middle) * STEP, position)) low = middle + 1;
    else high = middle;
  }
  if (matchAt + matchLength === count * STEP) extend(position);
}

/** Whether a suffix comes before the new text; remembers the suffix if it is the best so far. */
function precedes(suffix: i32, position: i32): bool {
  const end = count * STEP;
  const most = min(end - suffix, toSize - position);
  const old = from + suffix;
  const text = to + position;
  let length = 0;
  let differs = false;
  while (length + 8 <= most && !differs) {
    const difference = load<u64>(old + length) ^ load<u64>(text + length);
    differs = difference !== 0;
    length += differs ? <i32>(ctz<u64>(difference) >> 3) : 8;
  }
  if (!differs) {
    while (length < most && load<u8>(old + length) === load<u8>(text + length)) length++;
  }
  if (length > matchLength) {
    matchLength = length;
    matchAt = suffix;
  }
  return length < most ? load<u8>(old + length) < load<u8>(text + length) : suffix + length === end;
}

/** The last bytes of the old file are behind the last whole suffix. */
function extend(position: i32): void {
  while (
    matchAt + matchLength < fromSize &&
    position + matchLength < toSize &&
    oldByte(matchAt + matchLength) === newByte(position + matchLength)
  ) {
    matchLength++;
  }
}
