let state: u32 = 1;

/** A number below `size`. The sequence is always the same; it keeps pivots from following a pattern of the input. */
export function pick(size: i32): i32 {
  state = state * 1664525 + 1013904223;
  return <i32>((<u64>state * <u64>size) >> 32);
}
