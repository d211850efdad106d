import { parseDirMeta, parseXattrs } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, hex } from '../support.js';

const OWNER = '0000000000000000';
const DIR = `${OWNER}000041ed`;
const NOT_NORMAL = ['not-normal', 'Not normal form'] as const;

describe('parseDirMeta', () => {
  it.each([
    ['nothing', '', ...NOT_NORMAL],
    ['a byte less than the numbers', DIR.slice(2), ...NOT_NORMAL],
    // The same types as a mode of a file object, and none.
    ['a regular file', `${OWNER}000081a4`, 'corrupt', 'Invalid directory metadata mode 33188; not a directory'],
    ['a symlink', `${OWNER}0000a1ff`, 'corrupt', 'Invalid directory metadata mode 41471; not a directory'],
    ['a block device', `${OWNER}000061ed`, 'corrupt', 'Invalid directory metadata mode 25069; not a directory'],
    ['no type', `${OWNER}000001ed`, 'corrupt', 'Invalid directory metadata mode 493; not a directory'],
    // Bits that no mode has; as unsigned numbers they come through the comparison, too.
    ['a bit above the type', `${OWNER}000141ed`, 'corrupt', 'Invalid mode 82413; invalid bits in mode'],
    ['the highest bit', `${OWNER}800041ed`, 'corrupt', 'Invalid mode 2147500525; invalid bits in mode'],
    ['a lone offset', `${DIR}00`, ...NOT_NORMAL],
    ['an offset past the end', `${DIR}05`, ...NOT_NORMAL],
    ['an attribute without NUL', `${DIR}6178 01 03`, 'corrupt', 'Invalid xattr name (empty or missing NUL) index=0'],
    ['an attribute without name', `${DIR}0078 01 03`, 'corrupt', 'Invalid xattr name (empty or missing NUL) index=0'],
    [
      'a later attribute without NUL',
      `${DIR}6100 78 02 62 78 01 04 07`,
      'corrupt',
      'Invalid xattr name (empty or missing NUL) index=1',
    ],
    ['an attribute twice', `${DIR}6100 78 02 6100 79 02 04 08`, 'corrupt', 'Duplicate xattr name, index=1'],
    [
      'attributes out of order',
      `${DIR}6200 78 02 6100 79 02 04 08`,
      'corrupt',
      'Incorrectly sorted xattr name (prev=b, cur=a), index=1',
    ],
    ['offsets that go back', `${DIR}6100 78 02 6200 79 02 08 04`, ...NOT_NORMAL],
  ] as const)('refuses %s', (_, bytes, code, message) => {
    expectError(() => parseDirMeta(hex(bytes)), code, message);
  });

  it('sorts by bytes, not by characters', () => {
    // U+FFEE comes before U+1F600 in UTF-8 and behind it in UTF-16.
    const sorted = `${DIR}efbfae00 78 04 f09f988000 78 05 06 0d`;
    expect(parseDirMeta(hex(sorted)).xattrs).toHaveLength(2);
  });

  it('lets user.ostreemeta be of any type and order', () => {
    const bytes = hex(`${OWNER}000081a4 6200 78 02 6100 79 02 04 08`);
    expect(parseDirMeta(bytes, { anyType: true })).toMatchObject({ mode: 0o100644, xattrs: { length: 2 } });
    expectError(() => parseDirMeta(hex('00'), { anyType: true }), ...NOT_NORMAL);
  });
});

describe('parseXattrs', () => {
  it('takes no bytes for no attributes', () => {
    expect(parseXattrs(new Uint8Array())).toEqual([]);
  });

  it('keeps an empty value and an order that is not canonical', () => {
    expect(parseXattrs(hex('6200 02 6100 79 02 03 07')).map((x) => x.value.length)).toEqual([0, 1]);
  });

  it.each(['00', '01', 'ff', '6100', '610002', '6100 78 02 05', '6100 78 02 0400', '00'.repeat(300)])(
    'refuses %s',
    (bytes) => {
      expect(() => parseXattrs(hex(bytes))).toThrow(expect.objectContaining({ name: 'OstError' }));
    },
  );
});
