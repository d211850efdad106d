import { OstError } from './errors.js';

declare const checksumBrand: unique symbol;

/** A SHA-256 checksum as 64 lower-case hexadecimal characters. */
export type Checksum = string & { readonly [checksumBrand]: true };

const digits: readonly number[] = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** The characters of the checksum that is being made. */
const characters: number[] = new Array<number>(64).fill(0);

/** True for exactly 64 lower-case hexadecimal characters. */
export function isChecksum(text: string): text is Checksum {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * Checks a checksum that comes from outside.
 * @throws OstError `invalid-argument` (`Invalid rev X`, `Invalid character 'N' in rev 'X'`)
 */
export function toChecksum(text: string): Checksum {
  if (isChecksum(text)) return text;
  if (text.length !== 64) throw new OstError('invalid-argument', `Invalid rev ${text}`, { data: { rev: text } });
  const bad = /[^0-9a-f]/.exec(text)?.[0] as string;
  throw new OstError('invalid-argument', `Invalid character '${bad.charCodeAt(0)}' in rev '${text}'`, {
    data: { rev: text },
  });
}

/**
 * The checksum that 32 raw bytes are.
 * @throws OstError `corrupt` for any other length
 */
export function checksumFromBytes(bytes: Uint8Array): Checksum {
  if (bytes.length !== 32) {
    throw new OstError('corrupt', `Invalid checksum of length ${bytes.length} expected 32`, {
      data: { length: bytes.length },
    });
  }
  return checksumAt(bytes, 0);
}

/** The checksum whose 32 raw bytes begin at `offset`; that they are there is the caller's business. */
export function checksumAt(bytes: Uint8Array, offset: number): Checksum {
  for (let i = 0; i < 32; i++) {
    const byte = bytes[offset + i] as number;
    characters[2 * i] = digits[byte >> 4] as number;
    characters[2 * i + 1] = digits[byte & 15] as number;
  }
  // One call makes a flat string; one put together from pieces is ten times as slow to compare and to look up.
  return String.fromCharCode.apply(null, characters) as Checksum;
}

/** The 32 raw bytes of a checksum. */
export function checksumToBytes(checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(32);
  writeChecksum(checksum, bytes, 0);
  return bytes;
}

/** Writes the 32 raw bytes of a checksum into `target`. */
export function writeChecksum(checksum: Checksum, target: Uint8Array, offset: number): void {
  for (let i = 0; i < 32; i++) {
    target[offset + i] = (digit(checksum.charCodeAt(2 * i)) << 4) | digit(checksum.charCodeAt(2 * i + 1));
  }
}

function digit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
