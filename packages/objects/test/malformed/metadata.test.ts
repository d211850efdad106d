import { variant } from '@ost/gvariant';
import {
  encodeMetadata,
  encodeSizes,
  type Metadata,
  parseDetachedMetadata,
  parseMetadata,
  parseSizes,
  parseTombstone,
} from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, fake, hex, utf8 } from '../support.js';

const NOT_NORMAL = ['not-normal', 'Not normal form'] as const;

describe('parseMetadata', () => {
  // {'a': <byte 5>}: key, padding to 8, value, NUL, type, end of the key, end of the entry.
  const valid = '6100 000000000000 05 00 79 02 0c';

  it('accepts the dictionary that the others are made from', () => {
    expect(parseMetadata(hex(valid))).toEqual([['a', variant('y', 5)]]);
    expect(encodeMetadata(parseMetadata(hex(valid)))).toEqual(hex(valid));
  });

  it.each([
    ['a lone zero', '00'],
    ['an offset past the end', '0c'],
    ['a byte less', valid.slice(3)],
    ['a byte more', `${valid}00`],
    ['padding that is not zero', valid.replace('000000000000', '000000000100')],
    ['a key without NUL', valid.replace('6100', '6161')],
    ['a key that is not UTF-8', valid.replace('6100', 'c300')],
    ['a value without a type', valid.replace('05 00 79', '05 79 79')],
    ['a type that is none', valid.replace('79', '21')],
    ['a type that is not definite', valid.replace('79', '2a')],
    ['two types', valid.replace('00 79', '00 7979').replace('0c', '0d')],
    ['a value that is too long for its type', valid.replace('05 00', '0505 00').replace('0c', '0d')],
    ['a boolean that is neither', valid.replace('79', '62')],
    ['a string without NUL', valid.replace('79', '73')],
  ])('refuses %s', (_, bytes) => {
    expectError(() => parseMetadata(hex(bytes)), ...NOT_NORMAL);
  });

  it('refuses nesting beyond measure', () => {
    // <<<…>>>: a value, then for every level NUL and "v".
    const levels = 5000;
    const value = hex(`05 0079 ${'0076'.repeat(levels)}`);
    const bytes = new Uint8Array([...hex('6100000000000000'), ...value, 2, 0, 0, 0]);
    expect(() => parseMetadata(bytes)).toThrow(expect.objectContaining({ name: 'OstError' }));
    // A type string alone can be as deep.
    const type = `${'a'.repeat(5000)}y`;
    const array = new Uint8Array([...hex('6100000000000000 00'), ...utf8(type), 2, 0, 0x92, 0x13]);
    expect(() => parseMetadata(array)).toThrow(expect.objectContaining({ name: 'OstError' }));
  });

  it('takes no bytes for no entries', () => {
    expect(parseDetachedMetadata(new Uint8Array())).toEqual([]);
  });
});

describe('parseTombstone', () => {
  const tombstone = (metadata: Metadata): Uint8Array => encodeMetadata(metadata);
  const text = fake('a');

  it.each([
    ['no key', []],
    ['another key', [['other', variant('ay', utf8(`${text}\0`))]]],
    ['no bytes', [['commit', variant('ay', utf8(''))]]],
    ['no NUL', [['commit', variant('ay', utf8(text))]]],
    ['another last byte', [['commit', variant('ay', utf8(`${text}x`))]]],
    ['two NULs', [['commit', variant('ay', utf8(`${text}\0\0`))]]],
    ['upper case', [['commit', variant('ay', utf8(`${text.toUpperCase()}\0`))]]],
    ['a digit less', [['commit', variant('ay', utf8(`${text.slice(1)}\0`))]]],
    ['a byte order mark', [['commit', variant('ay', utf8(`\ufeff${text}\0`))]]],
    ['a raw checksum', [['commit', variant('ay', new Uint8Array(32))]]],
  ] as [string, Metadata][])('refuses %s', (_, metadata) => {
    expectError(() => parseTombstone(tombstone(metadata)), 'corrupt', 'Tombstone names no commit');
  });

  it('refuses text instead of bytes', () => {
    const message = "Metadata key commit has type 's', expected 'ay'";
    expectError(() => parseTombstone(tombstone([['commit', variant('s', text)]])), 'corrupt', message);
  });

  it('refuses what is no dictionary', () => {
    expectError(() => parseTombstone(hex('00')), ...NOT_NORMAL);
  });
});

describe('parseSizes', () => {
  const SUM = '11'.repeat(32);
  const sizes = (...entries: string[]): Metadata => [['ostree.sizes', variant('aay', entries.map(hex))]];
  const EOF = ['corrupt', 'Unexpected EOF reading ostree.sizes varint'] as const;

  it('needs the key', () => {
    expectError(() => parseSizes([]), 'not-found', 'No metadata key ostree.sizes in commit');
    expect(parseSizes(sizes())).toEqual([]);
  });

  it.each([
    ['no bytes', '', 'corrupt', 'Invalid checksum of length 0 expected 32'],
    ['half a checksum', '11'.repeat(16), 'corrupt', 'Invalid checksum of length 16 expected 32'],
    ['no size', SUM, ...EOF],
    ['one size', `${SUM}05`, ...EOF],
    ['a size without end', `${SUM}80`, ...EOF],
    ['a second size without end', `${SUM}05 ffff`, ...EOF],
    // Ten groups are the most that a 64 bit number needs.
    ['a size of eleven groups', `${SUM}${'80'.repeat(10)}00 05 01`, ...EOF],
    ['a size beyond what numbers hold', `${SUM}8080808080808010 05 01`, 'limit', 'Size in ostree.sizes is too large'],
    ['a size of 64 bits', `${SUM}ffffffffffffffffff01 05 01`, 'limit', 'Size in ostree.sizes is too large'],
    ['type 0', `${SUM}050500`, 'corrupt', 'Unexpected ostree.sizes object type 0'],
    ['type 10', `${SUM}05050a`, 'corrupt', 'Unexpected ostree.sizes object type 10'],
    ['type 255', `${SUM}0505ff`, 'corrupt', 'Unexpected ostree.sizes object type 255'],
  ] as const)('refuses %s', (_, entry, code, message) => {
    expectError(() => parseSizes(sizes(entry)), code, message);
  });

  it('takes a file where old commits have no type', () => {
    expect(parseSizes(sizes(`${SUM}0509`))).toEqual([{ checksum: fake('1'), type: 'file', archived: 5, unpacked: 9 }]);
  });

  it('takes numbers with more groups than they need', () => {
    expect(parseSizes(sizes(`${SUM}8500 89808000 02`))).toEqual([
      { checksum: fake('1'), type: 'dirtree', archived: 5, unpacked: 9 },
    ]);
  });

  it('refuses another type of value', () => {
    expect(() => parseSizes([['ostree.sizes', variant('ay', hex(SUM))]])).toThrow(/expected 'aay'/);
    expect(parseSizes([['ostree.sizes', encodeSizes([])]])).toEqual([]);
  });
});
