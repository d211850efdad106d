/** 32-bit numbers in memory. */

export function get(array: usize, index: i32): i32 {
  return load<i32>(array + ((<usize>index) << 2));
}

export function set(array: usize, index: i32, value: i32): void {
  store<i32>(array + ((<usize>index) << 2), value);
}
