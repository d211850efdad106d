const KiB = 1024;
const MiB = 1024 * KiB;

/** Bytes of dictionary of the presets 0 to 9 of xz. */
const DICTIONARIES = [
  256 * KiB,
  MiB,
  2 * MiB,
  4 * MiB,
  4 * MiB,
  8 * MiB,
  8 * MiB,
  16 * MiB,
  32 * MiB,
  64 * MiB,
] as const;
/** The presets from here on differ in nothing but the dictionary. */
const SAME_SEARCH = 6;
const SMALLEST = 4096;

/** The bytes of dictionary that `preset` can make use of with `size` bytes of input. */
export function dictionaryFor(preset: number, size: number): number {
  return Math.min(DICTIONARIES[checkPreset(preset)] as number, Math.max(size, SMALLEST));
}

/** The lowest preset that compresses `size` bytes as `preset` does. */
export function presetFor(preset: number, size: number): number {
  let lowest = checkPreset(preset);
  while (lowest > SAME_SEARCH && (DICTIONARIES[lowest - 1] as number) >= size) lowest--;
  return lowest;
}

/**
 * Bytes of memory that encoding `size` bytes takes at most, the result included: liblzma's tables are some 11.5 times as
 * large as the dictionary, which is no larger than the preset's and of little more use than the input is long.
 * Throws a `RangeError` if `preset` is not one of 0 to 9.
 */
export function xzEncodeMemory(preset: number, size: number): number {
  const dictionary = DICTIONARIES[presetFor(preset, size)] as number;
  return Math.ceil(dictionary * 11.6) + 4 * MiB + encodedBound(size);
}

/** The most bytes that `size` bytes take as xz. */
function encodedBound(size: number): number {
  return size + Math.ceil(size / (64 * KiB)) * 4 + KiB;
}

function checkPreset(preset: number): number {
  if (!Number.isInteger(preset) || preset < 0 || preset >= DICTIONARIES.length) {
    throw new RangeError(`No xz preset: ${preset}`);
  }
  return preset;
}
