import { damaged } from './errors.js';

/** Bytes of a header, and what content is padded to. */
export const BLOCK = 512;

/** Which dialect a header is in: it says what the field of the prefix means. */
export type TarDialect = 'v7' | 'ustar' | 'gnu';

/** The fields of one header block, before extended headers are considered. */
export interface TarHeader {
  readonly dialect: TarDialect;
  /** With the prefix of ustar in front. */
  readonly path: Uint8Array;
  readonly linkTarget: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow the header. */
  readonly size: number;
  /** One character. */
  readonly typeflag: string;
  readonly block: Uint8Array;
}

/** True for a block of zeros, which ends an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** True when the checksum of a header is right. Old programs summed signed bytes. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK) return false;
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let i = 0; i < BLOCK; i++) {
    if (i >= 148 && i < 156) continue;
    const byte = block[i] as number;
    unsigned += byte;
    signed += (byte << 24) >> 24;
  }
  const stored = octal(block.subarray(148, 156));
  return stored === unsigned || stored === signed;
}

/**
 * Reads one header block.
 * @throws OstError `corrupt` when its checksum is wrong or a number absurd
 */
export function parseTarHeader(block: Uint8Array): TarHeader {
  if (!isTarHeader(block)) throw damaged();
  const dialect = dialectOf(block);
  const name = cstring(block.subarray(0, 100));
  const prefix = dialect === 'ustar' ? cstring(block.subarray(345, 500)) : new Uint8Array();
  return {
    dialect,
    path: prefix.length === 0 ? name : joined(prefix, name),
    linkTarget: cstring(block.subarray(157, 257)),
    mode: number(block.subarray(100, 108)) & 0o7777,
    uid: ownerId(number(block.subarray(108, 116))),
    gid: ownerId(number(block.subarray(116, 124))),
    size: contentSize(number(block.subarray(124, 136))),
    typeflag: String.fromCharCode(block[156] as number),
    block,
  };
}

function dialectOf(block: Uint8Array): TarDialect {
  const magic = String.fromCharCode(...block.subarray(257, 265));
  if (magic === 'ustar  \0') return 'gnu';
  return magic.startsWith('ustar') ? 'ustar' : 'v7';
}

function joined(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const slash = prefix.at(-1) === 0x2f ? '' : '/';
  return Buffer.concat([prefix, Buffer.from(slash), name]);
}

/** The bytes before the first NUL. */
export function cstring(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

/**
 * A number of a header: octal digits, or in GNU's extension a two's complement in base 256 when the first bit is set.
 * @throws OstError `corrupt` when it is out of reach for a double
 */
export function number(field: Uint8Array): number {
  const first = field[0] as number;
  if ((first & 0x80) === 0) return octal(field);
  // Bit 7 marks the form; bit 6 is the sign.
  let value = BigInt.asIntN(7, BigInt(first & 0x7f));
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('Tar entry size overflow');
  return Number(value < -(2n ** 53n) ? -(2n ** 53n) : value);
}

/** Octal digits after blanks and a sign; what follows is not looked at, as everywhere. */
function octal(field: Uint8Array): number {
  const text = String.fromCharCode(...field);
  const [, sign, digits] = /^[ \t]*(-?)([0-7]*)/.exec(text) as unknown as [string, string, string];
  const value = digits === '' ? 0 : Number.parseInt(digits, 8);
  return sign === '-' ? -value : value;
}

/** An owner; negative numbers are 32-bit ids that somebody took for signed. */
export function ownerId(value: number): number {
  if (value > 0xffff_ffff || value < -0x8000_0000) throw damaged('Tar entry has an owner out of range');
  return value >>> 0;
}

/** A length of content. */
export function contentSize(value: number): number {
  if (value < 0) throw damaged('Tar entry has negative size');
  if (!Number.isSafeInteger(value + BLOCK)) throw damaged('Tar entry size overflow');
  return value;
}
