/** OpenPGP packet types that this package looks at (OpenPGP message format, 'Packet Tags'). */
export const TAG = { signature: 2, secretKey: 5, publicKey: 6, trust: 12 } as const;

/** One packet with its header. */
export interface RawPacket {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/**
 * Splits a sequence of packets by their headers alone; null if the bytes are no such sequence. Lengths that are
 * unknown in advance (partial, indeterminate) never occur in keys and detached signatures and are refused.
 */
export function splitPackets(bytes: Uint8Array): RawPacket[] | null {
  const packets: RawPacket[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at);
    if (header === null || header.end > bytes.length) return null;
    packets.push({ tag: header.tag, bytes: bytes.subarray(at, header.end) });
    at = header.end;
  }
  return packets;
}

function readHeader(bytes: Uint8Array, at: number): { tag: number; end: number } | null {
  const first = bytes[at] as number;
  if ((first & 0x80) === 0) return null;
  if ((first & 0x40) === 0) {
    const kind = first & 3;
    if (kind === 3) return null;
    const size = 1 << kind;
    return finish((first >> 2) & 0xf, at + 1 + size, readLength(bytes, at + 1, size));
  }
  const tag = first & 0x3f;
  const second = bytes[at + 1] ?? -1;
  if (second < 0) return null;
  if (second < 192) return finish(tag, at + 2, second);
  if (second < 224) return finish(tag, at + 3, ((second - 192) << 8) + (bytes[at + 2] ?? 0) + 192);
  return second === 255 ? finish(tag, at + 6, readLength(bytes, at + 2, 4)) : null;
}

function finish(tag: number, start: number, length: number): { tag: number; end: number } {
  return { tag, end: start + length };
}

function readLength(bytes: Uint8Array, at: number, size: number): number {
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return length;
}

/** Joins byte arrays. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
