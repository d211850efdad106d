import {
  assertCollectionId,
  assertFileName,
  assertRefName,
  assertRemoteName,
  checksumFromBytes,
  checksumToBytes,
  compareNames,
  formatObjectName,
  formatRefspec,
  isChecksum,
  isCollectionId,
  isMetadataType,
  isRefName,
  isRemoteName,
  loosePath,
  OBJECT_TYPE_NUMBERS,
  objectTypeFromNumber,
  parseObjectName,
  parseRefspec,
  parseRepoMode,
  repoModeConfigName,
  toChecksum,
} from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, fake, toHex } from './support.js';

const SUM = toChecksum('9f781aa5f137d6dfab7c4e3d29e534b694128cb97a5bf40be6529607fcad3a42');

describe('checksums', () => {
  it('convert to bytes and back', () => {
    expect(toHex(checksumToBytes(SUM))).toBe(SUM);
    expect(checksumFromBytes(checksumToBytes(SUM))).toBe(SUM);
  });

  it.each(['', 'a', SUM.slice(1), `${SUM}0`, `${SUM}\n`, SUM.toUpperCase(), ` ${SUM.slice(1)}`])(
    '%j is none',
    (text) => {
      expect(isChecksum(text)).toBe(false);
      expect(() => toChecksum(text)).toThrow();
    },
  );

  it('say what is wrong with them', () => {
    expectError(() => toChecksum('abc'), 'invalid-argument', 'Invalid rev abc');
    const text = `${SUM.slice(0, 63)}G`;
    expectError(() => toChecksum(text), 'invalid-argument', `Invalid character '71' in rev '${text}'`);
    expectError(() => checksumFromBytes(new Uint8Array(31)), 'corrupt', 'Invalid checksum of length 31 expected 32');
    expectError(() => checksumFromBytes(new Uint8Array(0)), 'corrupt', 'Invalid checksum of length 0 expected 32');
  });
});

describe('object names', () => {
  it.each(Object.entries(OBJECT_TYPE_NUMBERS))('%s is number %i', (name, number) => {
    expect(objectTypeFromNumber(number)).toBe(name);
    const { checksum, type } = parseObjectName(`${SUM}.${name}`);
    expect(formatObjectName(checksum, type)).toBe(`${SUM}.${name}`);
  });

  it.each([0, 10, -1, 1.5, Number.NaN])('no type is number %d', (number) => {
    expect(objectTypeFromNumber(number)).toBeNull();
  });

  it('know which types are variants', () => {
    const types = Object.keys(OBJECT_TYPE_NUMBERS) as (keyof typeof OBJECT_TYPE_NUMBERS)[];
    expect(types.filter(isMetadataType)).toEqual(['dirtree', 'dirmeta', 'commit', 'tombstone-commit', 'commitmeta']);
  });

  it.each([
    ['file', 'archive', 'filez'],
    ['file', 'bare', 'file'],
    ['file', 'bare-user', 'file'],
    ['commit', 'archive', 'commit'],
    ['file-xattrs-link', 'bare-split-xattrs', 'file-xattrs-link'],
  ] as const)('a %s of mode %s lies in .%s', (type, mode, extension) => {
    expect(loosePath(SUM, type, mode)).toBe(`9f/${SUM.slice(2)}.${extension}`);
  });

  it.each([
    '',
    '.',
    'commit',
    SUM,
    `${SUM}.`,
    `${SUM}.filez`,
    `${SUM}.Commit`,
    `${SUM}.commit.commit`,
    `${SUM}/commit`,
    // Members that every JavaScript object has.
    `${SUM}.toString`,
    `${SUM}.constructor`,
    `${SUM}.__proto__`,
  ])('%j is none', (name) => {
    expectError(() => parseObjectName(name), 'invalid-argument', `Invalid object name ${name}`);
  });

  it('need a checksum', () => {
    expectError(() => parseObjectName('abc.commit'), 'invalid-argument', 'Invalid rev abc');
  });
});

describe('repository modes', () => {
  it.each([
    ['bare', 'bare', 'bare'],
    ['bare-user', 'bare-user', 'bare-user'],
    ['bare-user-only', 'bare-user-only', 'bare-user-only'],
    ['bare-split-xattrs', 'bare-split-xattrs', 'bare-split-xattrs'],
    ['archive', 'archive', 'archive-z2'],
    ['archive-z2', 'archive', 'archive-z2'],
  ] as const)('%s is %s, written as %s', (text, mode, written) => {
    expect(parseRepoMode(text)).toBe(mode);
    expect(repoModeConfigName(mode)).toBe(written);
  });

  it.each(['', 'Bare', 'archive-z', 'bare ', 'toString', '__proto__'])('%j is none', (text) => {
    expectError(() => parseRepoMode(text), 'config', `Invalid mode '${text}' in repository configuration`);
  });
});

describe('file names', () => {
  it.each([
    ['.', "Invalid self-referential filename '.'"],
    ['..', "Invalid path uplink filename '..'"],
    ['', 'Invalid empty filename'],
    ['/', 'Invalid / in filename /'],
    ['a/b', 'Invalid / in filename a/b'],
    ['../a', 'Invalid / in filename ../a'],
    ['a\0b', 'Invalid NUL in filename a\\0b'],
    ['a\ud800', 'Invalid UTF-8 in filename a\ufffd'],
  ])('%j is none', (name, message) => {
    expectError(() => assertFileName(name), 'invalid-name', message);
  });

  // Names that look as if they were dangerous, and are not.
  it.each([
    '...',
    '.a',
    '..a',
    'a..',
    '. ',
    ' ',
    '\\',
    'C:',
    '-',
    '~',
    '*',
    '\n',
    '\u2215',
    '\uff0e\uff0e',
    'n'.repeat(5000),
  ])('%j is one', (name) => {
    expect(() => assertFileName(name)).not.toThrow();
  });

  it('are compared by their bytes', () => {
    const names = [
      '',
      'Z',
      '_',
      'a',
      'a b',
      'a-',
      'a.b',
      'ab',
      'ü',
      '日',
      '\ue000',
      '\ufeff',
      '\uffee',
      '\u{10000}',
      '\u{1f600}',
    ];
    const byBytes = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(names.toReversed().sort(compareNames)).toEqual(byBytes);
    for (const name of names) expect(compareNames(name, name)).toBe(0);
  });
});

describe('ref names', () => {
  const valid = [
    'main',
    'a',
    '0',
    '_',
    'a/b/c',
    'exampleos/x86_64/standard',
    'a.b-c_d',
    'größe/日本',
    'ⅷ',
    'x-',
    'x.',
    'v1..2',
  ];
  it.each(valid)('%j is one', (name) => {
    expect(isRefName(name)).toBe(true);
    expect(() => assertRefName(name)).not.toThrow();
    expect(parseRefspec(name)).toEqual({ remote: null, ref: name });
    expect(parseRefspec(`origin:${name}`)).toEqual({ remote: 'origin', ref: name });
  });

  const invalid = [
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '.',
    '..',
    '.a',
    'a/.b',
    'a/..',
    '../a',
    '-a',
    'a/-b',
    'a b',
    'a\n',
    '\na',
    'a\0',
    'a:b:c',
    'a*',
    'a^',
    '\u{1f600}',
    'a\u0301',
    '\ud800',
    'a\\b',
    'a'.repeat(4097),
    'a/'.repeat(5_000_000),
  ];
  it.each(invalid.map((name) => ({ name, shown: name.slice(0, 20) })))('$shown is none', ({ name }) => {
    expect(isRefName(name)).toBe(false);
    expectError(() => assertRefName(name), 'invalid-name', `Invalid ref name ${name}`);
    expectError(() => parseRefspec(name), 'invalid-name', `Invalid refspec ${name}`);
  });

  it.each([':', ':a', 'a:', 'a/b:c', '.a:b', 'a::b', 'a:b:c'])('%j is no refspec', (text) => {
    expectError(() => parseRefspec(text), 'invalid-name', `Invalid refspec ${text}`);
  });

  it('format as they were', () => {
    for (const text of ['main', 'origin:a/b']) expect(formatRefspec(parseRefspec(text))).toBe(text);
  });
});

describe('remote names', () => {
  it.each(['origin', 'a.b-c_d', '0', 'ü'])('%j is one', (name) => {
    expect(isRemoteName(name)).toBe(true);
    expect(() => assertRemoteName(name)).not.toThrow();
  });

  it.each(['', 'a/b', '.a', '-a', 'a:b', 'a b', 'a\n', '..'])('%j is none', (name) => {
    expect(isRemoteName(name)).toBe(false);
    expectError(() => assertRemoteName(name), 'invalid-name', `Invalid remote name ${name}`);
  });
});

describe('collection ids', () => {
  it.each(['a.b', 'org.example.OS_1', '_._', `a.${'b'.repeat(253)}`])('%j is one', (id) => {
    expect(isCollectionId(id)).toBe(true);
    expect(() => assertCollectionId(id)).not.toThrow();
  });

  it.each(['', 'a', '.', 'a.', '.a', 'a..b', '1.a', 'a.1', 'a-b.c', 'a.b\n', 'ü.a', 'a/b.c', `a.${'b'.repeat(254)}`])(
    '%j is none',
    (id) => {
      expect(isCollectionId(id)).toBe(false);
      expectError(() => assertCollectionId(id), 'invalid-name', `Invalid collection ID ${id}`);
    },
  );
});

it('checksums in paths are two and sixty-two digits', () => {
  expect(loosePath(fake('a'), 'commit', 'bare')).toBe(`aa/${'a'.repeat(62)}.commit`);
});
