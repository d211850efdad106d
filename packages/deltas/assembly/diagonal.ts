/**
 * Comparison along a diagonal: new position p beside old position p + diagonal. Where there is no old byte, bytes differ.
 */
import { fromSize, newByte, newWord, oldByte, oldWord, toSize } from './files';

/** The first new position from `position` on whose byte differs, or the end of the new file. */
export function firstDifference(position: i32, diagonal: i32): i32 {
  const end = min(toSize, fromSize - diagonal);
  if (position < -diagonal || position >= end) return position;
  for (; position + 8 <= end; position += 8) {
    const difference = newWord(position) ^ oldWord(position + diagonal);
    if (difference !== 0) return position + <i32>(ctz<u64>(difference) >> 3);
  }
  while (position < end && newByte(position) === oldByte(position + diagonal)) position++;
  return position;
}

/** How many bytes differ between two new positions. */
export function differences(start: i32, end: i32, diagonal: i32): i32 {
  const first = min(max(start, -diagonal), end);
  const last = max(min(end, fromSize - diagonal), first);
  let found = first - start + (end - last);
  let position = first;
  for (; position + 8 <= last; position += 8) {
    found += nonzeroBytes(newWord(position) ^ oldWord(position + diagonal));
  }
  for (; position < last; position++) {
    if (newByte(position) !== oldByte(position + diagonal)) found++;
  }
  return found;
}

function nonzeroBytes(word: u64): i32 {
  const low: u64 = 0x7f7f7f7f7f7f7f7f;
  return <i32>popcnt<u64>((((word & low) + low) | word) & ~low);
}
