/**
 * Big-endian numbers of objects, by hand: a view for each of many small arrays costs more than all the numbers in it, and
 * has V8 move the array out of its heap.
 */
export function readUint32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return (bytes[at] as number) * 2 ** 24 + low;
}

/** Writes what {@link readUint32} reads. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
