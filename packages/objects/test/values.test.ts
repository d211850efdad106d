import { variant } from '@ost/gvariant';
import {
  canonicalXattrs,
  compareBytes,
  encodeCommit,
  encodeMetadata,
  encodeSizes,
  encodeXattrs,
  formatSize,
  hashOrder,
  isOstError,
  type Metadata,
  metadataValue,
  OstError,
  parseSizes,
  verifyBindings,
} from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, fake, hex, xattrs } from './support.js';

describe('formatSize', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [2, '2 bytes'],
    [999, '999 bytes'],
    [1000, '1.0\u00a0kB'],
    [4096, '4.1\u00a0kB'],
    // A tie goes to the even digit, as in C; JavaScript's toFixed goes up.
    [1250, '1.2\u00a0kB'],
    [1251, '1.3\u00a0kB'],
    [1750, '1.8\u00a0kB'],
    [1350, '1.4\u00a0kB'],
    [2250, '2.2\u00a0kB'],
    [999_949, '999.9\u00a0kB'],
    [999_999, '1000.0\u00a0kB'],
    [1_000_000, '1.0\u00a0MB'],
    [12_345_678, '12.3\u00a0MB'],
    [1_250_000_000, '1.2\u00a0GB'],
    [1e12, '1.0\u00a0TB'],
    [Number.MAX_SAFE_INTEGER, '9.0\u00a0PB'],
    [2 ** 63, '9.2\u00a0EB'],
  ])('%d', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('metadataValue', () => {
  const metadata: Metadata = [
    ['a', variant('s', 'first')],
    ['a', variant('s', 'second')],
  ];

  it('finds the first entry', () => {
    expect(metadataValue(metadata, 'a', 's')).toBe('first');
    expect(metadataValue(metadata, 'b', 's')).toBeUndefined();
  });

  it('insists on the type', () => {
    expectError(() => metadataValue(metadata, 'a', 'u'), 'corrupt', "Metadata key a has type 's', expected 'u'");
  });
});

describe('verifyBindings', () => {
  const check = (metadata: Metadata, ref: string | null, collectionId: string | null): void =>
    verifyBindings(fake('a'), { metadata }, { ref, collectionId });
  const refs = (...names: string[]): Metadata[number] => ['ostree.ref-binding', variant('as', names)];
  const collection = (id: string): Metadata[number] => ['ostree.collection-binding', variant('s', id)];

  it('lets a commit without bindings be anything outside collections', () => {
    check([], 'main', null);
    check([], null, null);
  });

  it('lets a commit be what it says', () => {
    check([refs('a', 'main')], 'main', null);
    check([refs('a', 'main'), collection('org.x.Y')], 'main', 'org.x.Y');
    check([refs('a'), collection('org.x.Y')], null, 'org.x.Y');
  });

  it('does not ask for a collection where there is none', () => {
    check([refs('main'), collection('org.x.Y')], 'main', null);
  });

  it.each([
    [
      'no binding in a collection',
      [],
      'main',
      'org.x.Y',
      'Expected commit metadata to have ref binding information, found none',
    ],
    [
      'another ref',
      [refs('a', 'b')],
      'main',
      null,
      'Commit has no requested ref ‘main’ in ref binding metadata (‘a’, ‘b’)',
    ],
    ['no ref', [refs()], 'main', null, 'Commit has no requested ref ‘main’ in ref binding metadata (no refs)'],
    [
      'a part of a ref',
      [refs('main2')],
      'main',
      null,
      'Commit has no requested ref ‘main’ in ref binding metadata (‘main2’)',
    ],
    [
      'no collection',
      [refs('main')],
      'main',
      'org.x.Y',
      'Expected commit metadata to have collection ID binding information, found none',
    ],
    [
      'another collection',
      [refs('main'), collection('org.x.Z')],
      'main',
      'org.x.Y',
      'Commit has collection ID ‘org.x.Z’ in collection binding metadata, while the remote it came from has collection ID ‘org.x.Y’',
    ],
  ] as [string, Metadata, string | null, string | null, string][])('refuses %s', (_, metadata, ref, id, message) => {
    expectError(() => check(metadata, ref, id), 'state', `Commit ${fake('a')}: ${message}`);
  });

  it('refuses a binding of a wrong type', () => {
    expect(() => check([['ostree.ref-binding', variant('s', 'main')]], 'main', null)).toThrow(/expected 'as'/);
  });
});

describe('sizes', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])('hold %d', (size) => {
    const entry = { checksum: fake('1'), type: 'file', archived: size, unpacked: 5 } as const;
    expect(parseSizes([['ostree.sizes', encodeSizes([entry])]])).toEqual([entry]);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('do not hold %d', (size) => {
    const entry = { checksum: fake('1'), type: 'file', archived: 1, unpacked: size } as const;
    expectError(() => encodeSizes([entry]), 'invalid-argument', `Not a size: ${size}`);
  });
});

describe('xattrs', () => {
  it('become canonical by order and by leaving out what is empty', () => {
    const given = xattrs({ 'user.b': '01', 'user.a': '', 'user.': '02', 'a.z': '00', 'user.B': '03' });
    expect(canonicalXattrs(given)).toEqual(xattrs({ 'a.z': '00', 'user.': '02', 'user.B': '03', 'user.b': '01' }));
  });

  it('compare as bytes', () => {
    expect(compareBytes(hex('80'), hex('7f'))).toBeGreaterThan(0);
    expect(compareBytes(hex('61'), hex('6100'))).toBeLessThan(0);
    expect(compareBytes(hex(''), hex(''))).toBe(0);
  });

  it.each(['', 'a\0b', '\0'])('are not called %j', (name) => {
    const message = 'Invalid xattr name (empty or with NUL) index=0';
    expectError(() => encodeXattrs(xattrs({ [name]: '00' })), 'invalid-argument', message);
  });
});

describe('hashOrder', () => {
  it('keeps the place of the first and the value of the last', () => {
    const entries = [...'abcdefghij', 'a', 'c'].map((key, i) => [key, i] as const);
    const ordered = hashOrder(entries);
    expect(new Map(ordered)).toEqual(new Map(entries));
    const once = hashOrder(entries.slice(0, 10)).map(([key]) => key);
    expect(ordered.map(([key]) => key)).toEqual(once);
  });

  it('loses nothing while it grows', () => {
    for (let count = 0; count < 600; count++) {
      const keys = Array.from({ length: count }, (_, i) => `key ${(i * 7919) % 1009}`);
      const ordered = hashOrder(keys.map((key) => [key, 0])).map(([key]) => key);
      expect(ordered.toSorted()).toEqual(keys.toSorted());
    }
  });
});

describe('encoders', () => {
  const commit = {
    metadata: [],
    parent: null,
    related: [],
    subject: '',
    body: '',
    timestamp: 0n,
    contents: fake('a'),
    meta: fake('b'),
  };

  it.each([
    ['text with NUL', { subject: 'a\0b' }],
    ['text that is not Unicode', { body: '\ud800' }],
    ['a time before 0', { timestamp: -1n }],
    ['a time beyond 64 bits', { timestamp: 2n ** 64n }],
    ['a metadata value that is not of its type', { metadata: [['a', { type: 'u', value: 'text' }]] as Metadata }],
    ['a metadata type that is none', { metadata: [['a', { type: '(', value: 0 }]] as Metadata }],
  ])('refuse %s', (_, change) => {
    expect(() => encodeCommit({ ...commit, ...change })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  it('refuse nesting without end', () => {
    let value = variant('v', variant('u', 0)) as Metadata[number][1];
    for (let i = 0; i < 200; i++) value = { type: 'v', value };
    expect(() => encodeMetadata([['deep', value]])).toThrow(
      expect.objectContaining({ name: 'OstError', code: 'limit' }),
    );
  });
});

describe('OstError', () => {
  const cause = new Error('below');
  const error = new OstError('corrupt', 'text', { cause, data: { path: 'x' } });

  it('has a code, data and a cause', () => {
    expect(error).toMatchObject({ name: 'OstError', code: 'corrupt', message: 'text', cause, data: { path: 'x' } });
    expect(new OstError('io', 'text')).toMatchObject({ data: {} });
    expect('cause' in new OstError('io', 'text')).toBe(false);
  });

  it('keeps them behind a prefix', () => {
    expect(error.withPrefix('While: ')).toMatchObject({
      code: 'corrupt',
      message: 'While: text',
      cause,
      data: { path: 'x' },
    });
  });

  it('is known by its brand, whichever copy made it', () => {
    expect(isOstError(error)).toBe(true);
    expect(isOstError({ [Symbol.for('ost.error')]: true })).toBe(true);
    for (const other of [cause, null, undefined, 'text', {}]) expect(isOstError(other)).toBe(false);
  });
});
