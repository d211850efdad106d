import { codec, variant } from '@ost/gvariant';
import { collectionMap, parseSummary, type Summary } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, hex } from '../support.js';

const summary = codec('(a(s(taya{sv}))a{sv})');
const refMap = 'a{sa(s(taya{sv}))}';
const SUM = new Uint8Array(32);

const withRef = (name: string, checksum = SUM): Uint8Array => summary.encode([[[name, [1n, checksum, []]]], []]);
const withMap = (id: string, name: string, checksum = SUM): Summary =>
  parseSummary(
    summary.encode([[], [['ostree.summary.collection-map', variant(refMap, [[id, [[name, [1n, checksum, []]]]]])]]]),
  );

describe('parseSummary', () => {
  it.each([
    ['nothing', ''],
    ['an offset past the end', '01'],
    ['a byte more', '0000'],
    ['text', Buffer.from('<html><body>404 Not Found</body></html>').toString('hex')],
    ['zeros', '00'.repeat(64)],
    ['ones', 'ff'.repeat(64)],
  ])('refuses %s', (_, bytes) => {
    expectError(() => parseSummary(hex(bytes)), 'not-normal', 'Not normal form');
  });

  it('accepts the empty one', () => {
    expect(parseSummary(hex('00'))).toEqual({ refs: [], metadata: [] });
  });

  it('refuses every prefix of one', () => {
    const bytes = withRef('main');
    expect(parseSummary(bytes).refs).toHaveLength(1);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseSummary(bytes.subarray(0, length)), `${length}`).toThrow(
        expect.objectContaining({ code: 'not-normal' }),
      );
    }
  });

  it.each([
    '',
    '..',
    '../../etc/passwd',
    '/etc/passwd',
    'a//b',
    'a/../b',
    '.hidden',
    'a b',
    'a\nb',
    'remote:ref',
    '-rf',
  ])('refuses a ref that is called %j', (name) => {
    expectError(() => parseSummary(withRef(name)), 'invalid-name', `Invalid ref name ${name}`);
    expectError(() => collectionMap(withMap('org.x.Y', name)), 'invalid-name', `Invalid ref name ${name}`);
  });

  it.each([0, 31, 33])('refuses a checksum of %i bytes', (length) => {
    const message = `Invalid checksum of length ${length} expected 32`;
    expectError(() => parseSummary(withRef('main', new Uint8Array(length))), 'corrupt', message);
    expectError(() => collectionMap(withMap('org.x.Y', 'main', new Uint8Array(length))), 'corrupt', message);
  });
});

describe('collectionMap', () => {
  it.each(['', 'x', '../x.y', 'a.b/c', 'a..b'])('refuses a collection that is called %j', (id) => {
    expectError(() => collectionMap(withMap(id, 'main')), 'invalid-name', `Invalid collection ID ${id}`);
  });

  it('refuses another type of value', () => {
    const metadata = [['ostree.summary.collection-map', variant('s', 'x')]] as Summary['metadata'];
    expect(() => collectionMap({ refs: [], metadata })).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('accepts what those are made from', () => {
    expect(collectionMap(withMap('org.x.Y', 'main'))).toHaveLength(1);
  });
});
