/** The two files in memory. Both are followed by {@link PADDING} zero bytes, so that words may be read at their ends. */

export let from: usize = 0;
export let fromSize: i32 = 0;
export let to: usize = 0;
export let toSize: i32 = 0;

export function setFiles(fromAt: usize, fromLength: i32, toAt: usize, toLength: i32): void {
  from = fromAt;
  fromSize = fromLength;
  to = toAt;
  toSize = toLength;
}

export function oldByte(position: i32): u8 {
  return load<u8>(from + position);
}

export function newByte(position: i32): u8 {
  return load<u8>(to + position);
}

export function oldWord(position: i32): u64 {
  return load<u64>(from + position);
}

export function newWord(position: i32): u64 {
  return load<u64>(to + position);
}
