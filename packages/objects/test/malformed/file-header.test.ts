import { archiveHeaderLength, parseArchiveHeader, parseFileHeader } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, hex, toHex } from '../support.js';

const OWNER = '0000000000000000';
const REGULAR = '000081a4';
const SYMLINK = '0000a1ff';
const RDEV = '00000000';

/** Framed archive header around the part behind the size. */
function framed(rest: string, size = '0000000000000000'): Uint8Array {
  const body = hex(size + rest);
  return hex(body.length.toString(16).padStart(8, '0') + '00000000' + toHex(body));
}

const NOT_NORMAL = ['not-normal', 'Not normal form'] as const;
const NAME = ['corrupt', 'Invalid xattr name (empty or missing NUL) index=0'] as const;

describe('framing', () => {
  it.each([
    ['nothing', '', 'corrupt', 'File header size 8 exceeds size 0'],
    ['less than a frame', '00000019000000', 'corrupt', 'File header size 8 exceeds size 7'],
    ['a header of no bytes', '0000000000000000', 'corrupt', 'File header size is zero'],
    ['a header of 4 GiB', 'ffffffff00000000', 'limit', 'File header size 4294967295 exceeds size 16777216'],
    ['a header that is a byte short', '000000020000000000', 'corrupt', 'File header size 2 exceeds size 9'],
  ] as const)('refuses %s', (_, bytes, code, message) => {
    expectError(() => parseArchiveHeader(hex(bytes)), code, message);
  });

  it('needs eight bytes to tell the length', () => {
    expect(archiveHeaderLength(hex('0000001a00000000'))).toBe(34);
    expectError(() => archiveHeaderLength(hex('0000001a000000')), 'corrupt', 'File header size 8 exceeds size 7');
  });

  it('does not look at the padding, nor behind the header', () => {
    const bytes = framed(`${OWNER}${REGULAR}${RDEV}0019`);
    bytes.fill(0xff, 4, 8);
    expect(parseArchiveHeader(Uint8Array.from([...bytes, 1, 2, 3]))).toMatchObject({ size: 0, headerLength: 34 });
  });

  it('refuses a size beyond what numbers hold', () => {
    const rest = `${OWNER}${REGULAR}${RDEV}0019`;
    expectError(
      () => parseArchiveHeader(framed(rest, '0020000000000000')),
      'limit',
      'File size 9007199254740992 is too large',
    );
    expect(parseArchiveHeader(framed(rest, '001fffffffffffff')).size).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('members', () => {
  it.each([
    ['an offset of 16', `${OWNER}${REGULAR}${RDEV}0019`],
    ['a symlink', `${OWNER}${SYMLINK}${RDEV}61001a`],
    ['a symlink to nothing', `${OWNER}${SYMLINK}${RDEV}0019`],
    ['an attribute', `${OWNER}${REGULAR}${RDEV}00 6100 78 02 04 19`],
  ])('accepts %s', (_, rest) => {
    expect(() => parseArchiveHeader(framed(rest))).not.toThrow();
  });

  it.each([
    // Type bits of a directory, a character device, a fifo, a socket, and of nothing.
    ['a directory', `${OWNER}000041ed${RDEV}0019`, 'corrupt', 'Corrupted archive file; invalid mode 16877'],
    ['a device', `${OWNER}000021a4${RDEV}0019`, 'corrupt', 'Corrupted archive file; invalid mode 8612'],
    ['a fifo', `${OWNER}000011a4${RDEV}0019`, 'corrupt', 'Corrupted archive file; invalid mode 4516'],
    ['a socket', `${OWNER}0000c1a4${RDEV}0019`, 'corrupt', 'Corrupted archive file; invalid mode 49572'],
    ['no type', `${OWNER}000001a4${RDEV}0019`, 'corrupt', 'Corrupted archive file; invalid mode 420'],
    ['a device number', `${OWNER}${REGULAR}000008010019`, 'corrupt', 'Corrupted archive file; invalid rdev 2049'],
    [
      'a regular file with a target',
      `${OWNER}${REGULAR}${RDEV}61001a`,
      'corrupt',
      'Corrupted archive file; regular file with a symlink target',
    ],
    ['nothing behind the numbers', `${OWNER}${REGULAR}${RDEV}`, ...NOT_NORMAL],
    ['no target', `${OWNER}${REGULAR}${RDEV}19`, ...NOT_NORMAL],
    // The offset of the target's end: before it, at its start, past the end, on itself.
    ['an offset of 0', `${OWNER}${REGULAR}${RDEV}0000`, ...NOT_NORMAL],
    ['an offset to the start of the target', `${OWNER}${REGULAR}${RDEV}0018`, ...NOT_NORMAL],
    ['an offset past the end', `${OWNER}${REGULAR}${RDEV}00ff`, ...NOT_NORMAL],
    ['an offset that covers itself', `${OWNER}${REGULAR}${RDEV}001a`, ...NOT_NORMAL],
    ['a target without NUL', `${OWNER}${SYMLINK}${RDEV}6119`, ...NOT_NORMAL],
    ['a NUL inside a target', `${OWNER}${SYMLINK}${RDEV}610062001c`, ...NOT_NORMAL],
    // Not UTF-8: a lone continuation byte, an overlong slash, a surrogate, beyond U+10FFFF.
    ['a lone continuation byte', `${OWNER}${SYMLINK}${RDEV}80001a`, ...NOT_NORMAL],
    ['an overlong slash', `${OWNER}${SYMLINK}${RDEV}c0af001b`, ...NOT_NORMAL],
    ['a surrogate', `${OWNER}${SYMLINK}${RDEV}eda080001c`, ...NOT_NORMAL],
    ['a code point beyond Unicode', `${OWNER}${SYMLINK}${RDEV}f4908080001d`, ...NOT_NORMAL],
    ['two bytes of offset where one would do', `${OWNER}${REGULAR}${RDEV}00${'00'.repeat(230)}1900`, ...NOT_NORMAL],
    ['an attribute without NUL', `${OWNER}${REGULAR}${RDEV}00 61 78 01 03 19`, ...NAME],
    ['an attribute with an empty name', `${OWNER}${REGULAR}${RDEV}00 00 78 01 03 19`, ...NAME],
    ['an attribute with a NUL in its name', `${OWNER}${REGULAR}${RDEV}00 610062 00 78 04 06 19`, ...NAME],
    ['an attribute whose name ends past it', `${OWNER}${REGULAR}${RDEV}00 6100 78 09 04 19`, ...NOT_NORMAL],
    ['attributes with an offset past their end', `${OWNER}${REGULAR}${RDEV}00 6100 78 02 09 19`, ...NOT_NORMAL],
    ['attributes with an offset of 0', `${OWNER}${REGULAR}${RDEV}00 6100 78 02 00 19`, ...NOT_NORMAL],
  ] as const)('refuses %s', (_, rest, code, message) => {
    expectError(() => parseArchiveHeader(framed(rest)), code, message);
    // The form without the size has smaller offsets; what it refuses must not depend on that.
    expect(() => parseFileHeader(hex(rest))).toThrow();
  });

  it('refuses four bytes of offset where two would do', () => {
    const body = new Uint8Array(65_537);
    body.set(hex(`${OWNER}${REGULAR}${RDEV}00`));
    body.set(hex('11000000'), body.length - 4);
    expectError(() => parseFileHeader(body), ...NOT_NORMAL);
  });
});
