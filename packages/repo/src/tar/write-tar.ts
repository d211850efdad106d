import { BLOCK } from './tar-header.js';

/** What a header says about an entry. */
export interface TarEntryHeader {
  /** A directory's ends in a slash. */
  readonly path: string;
  readonly typeflag: '0' | '1' | '2' | '5';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: bigint;
  readonly linkTarget: string;
}

const NAME = 100;
const encoder = new TextEncoder();

/**
 * The header blocks of an entry in GNU's format, byte for byte as libarchive writes them: long names and link targets
 * come in entries of their own in front, numbers that octal digits cannot hold are in base 256.
 */
export function tarHeader(entry: TarEntryHeader): Uint8Array {
  const path = encoder.encode(entry.path);
  const linkTarget = encoder.encode(entry.linkTarget);
  const blocks: Uint8Array[] = [];
  if (linkTarget.length > NAME) blocks.push(longName('K', linkTarget, linkTarget));
  if (path.length > NAME) blocks.push(longName('L', path, linkTarget));
  const { typeflag, mode, uid, gid, size, mtime } = entry;
  blocks.push(block(path, typeflag, { mode, uid, gid, size, mtime }, linkTarget));
  return blocks.length === 1 ? (blocks[0] as Uint8Array) : Buffer.concat(blocks);
}

/** The zeros that fill content of this length up to a whole block. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** What an archive ends with. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

interface Numbers {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: bigint;
}

/** A name that does not fit. What the entry points at stands in this header too, as libarchive has it. */
function longName(typeflag: string, name: Uint8Array, linkTarget: Uint8Array): Uint8Array {
  const size = name.length + 1;
  const header = block(
    encoder.encode('././@LongLink'),
    typeflag,
    { mode: 0, uid: 0, gid: 0, size, mtime: 0n },
    linkTarget,
    ['root', 'wheel'],
  );
  return Buffer.concat([header, name, new Uint8Array(1), tarPadding(size)]);
}

function block(
  path: Uint8Array,
  typeflag: string,
  { mode, uid, gid, size, mtime }: Numbers,
  linkTarget: Uint8Array,
  [user, group]: readonly [string, string] = ['', ''],
): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const text = (at: number, value: string): void => header.set(encoder.encode(value), at);
  header.set(path.subarray(0, NAME), 0);
  writeNumber(header.subarray(100, 108), BigInt(mode));
  writeNumber(header.subarray(108, 116), BigInt(uid));
  writeNumber(header.subarray(116, 124), BigInt(gid));
  writeNumber(header.subarray(124, 136), BigInt(size));
  writeNumber(header.subarray(136, 148), mtime);
  text(156, typeflag);
  header.set(linkTarget.subarray(0, NAME), 157);
  text(257, 'ustar  \0');
  text(265, user);
  text(297, group);
  // The checksum is taken over blanks in its own place.
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  text(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return header;
}

function writeNumber(field: Uint8Array, value: bigint): void {
  const digits = value.toString(8);
  if (digits.length < field.length) {
    field.set(encoder.encode(digits.padStart(field.length - 1, '0')));
    return;
  }
  let rest = value;
  for (let i = field.length - 1; i > 0; i--) {
    field[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  field[0] = 0x80;
}
