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

/** The bytes of `pieces` in a buffer that has nothing else: that of the only piece, if it is such a one. */
export function ownBytes(...pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [first] = pieces;
  if (pieces.length === 1 && first?.buffer instanceof ArrayBuffer && first.length === first.buffer.byteLength) {
    return first as Uint8Array<ArrayBuffer>;
  }
  const own = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    own.set(piece, at);
    at += piece.length;
  }
  return own;
}
