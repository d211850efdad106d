/** Smaller arrays may share their buffer with others. */
const LARGE = 1 << 20;

/**
 * Gives the memory behind a large array back at once; the array is empty afterwards. The garbage collector, which hardly
 * sees such memory, would let several parts of a delta pile up: the bytes are moved into a message that nobody receives.
 */
export function freeBytes(bytes: Uint8Array): void {
  if (bytes.length < LARGE) return;
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.postMessage(null, [bytes.buffer as ArrayBuffer]);
  port1.close();
}
