/** What may become of a file: a bit that is flipped here or there, or an end that is gone. */
export function* damagedCopies(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (const at of [0, 20, 60, bytes.length - 1]) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 1;
    yield damaged;
  }
  yield bytes.subarray(0, 1000);
}
