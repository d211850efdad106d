/** Tells for most strings of eight bytes that no suffix begins with them: one bit per string, by its hash. */
import { from, newWord } from './files';
import { STEP, STRETCH } from './step';
import { count } from './suffixes';

let filter: usize = 0;
let shift: u32 = 0;

/** Fills a filter of 2 ** bits bits. */
export function fillFilter(filterAt: usize, bits: u32): void {
  filter = filterAt;
  shift = 64 - bits;
  memory.fill(filter, 0, 1 << (bits - 3));
  for (let suffix = 0; suffix < count; suffix += STRETCH) addToFilter(suffix, min(suffix + STRETCH, count));
}

export function addToFilter(first: i32, end: i32): void {
  for (let suffix = first; suffix < end; suffix++) {
    const bit = bitOf(load<u64>(from + suffix * STEP));
    store<u8>(byteOf(bit), load<u8>(byteOf(bit)) | (1 << (<u8>bit & 7)));
  }
}

/** Whether a suffix may begin with the eight bytes at a new position. */
export function maybeSuffix(position: i32): bool {
  const bit = bitOf(newWord(position));
  return ((load<u8>(byteOf(bit)) >> (<u8>bit & 7)) & 1) === 1;
}

function bitOf(text: u64): u32 {
  return <u32>((text * 0x9e3779b97f4a7c15) >> shift);
}

function byteOf(bit: u32): usize {
  return filter + (bit >> 3);
}
