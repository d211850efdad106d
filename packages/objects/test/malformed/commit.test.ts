import { codec, type Encodable, variant } from '@ost/gvariant';
import { commitContentChecksum, parseCommit, portableHash } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, hex } from '../support.js';

const commit = codec('(a{sv}aya(say)sstayay)');
const SUM = new Uint8Array(32);

/** A well-formed commit with one member replaced. */
function commitWith(index: number, value: unknown): Uint8Array {
  const members: unknown[] = [[], new Uint8Array(), [], '', '', 0n, SUM, SUM];
  members[index] = value;
  return commit.encode(members as unknown as Encodable<'(a{sv}aya(say)sstayay)'>);
}

const HASH = '00'.repeat(32);
const NOT_NORMAL = ['not-normal', 'Not normal form'] as const;

describe('framing', () => {
  // No metadata, parent, related; empty subject and body at 0 and 1; time at 8; checksums at 16 and 48; then offsets.
  const valid = `0000 000000000000 0000000000000000 ${HASH}${HASH} 300201000000`;

  it('accepts the commit that the others are made from', () => {
    expect(parseCommit(hex(valid))).toMatchObject({ parent: null, subject: '', timestamp: 0n });
    expect(parseCommit(hex(valid))).toEqual(parseCommit(commitWith(5, 0n)));
  });

  it.each([
    ['nothing', ''],
    ['only offsets', '000000000000'],
    ['a byte more', `${valid}00`],
    ['a byte less', valid.slice(0, -2)],
    ['padding that is not zero', valid.replace('0000 000000000000', '0000 000000000001')],
    ['a subject without NUL', valid.replace('0000 ', '6100 ')],
    ['offsets that go back', valid.replace(/300201000000$/, '300102000000')],
    ['an offset past the end', valid.replace(/300201000000$/, 'ff0201000000')],
    ['a checksum that covers the offsets', valid.replace(/300201000000$/, '560201000000')],
  ])('refuses %s', (_, bytes) => {
    expectError(() => parseCommit(hex(bytes)), ...NOT_NORMAL);
  });
});

describe('members', () => {
  it.each([1, 31, 33, 64])('refuses checksums of %i bytes', (length) => {
    const bad = new Uint8Array(length);
    const inner = `Invalid checksum of length ${length} expected 32`;
    expectError(() => parseCommit(commitWith(1, bad)), 'corrupt', `Invalid commit parent: ${inner}`);
    expectError(() => parseCommit(commitWith(2, [['a', bad]])), 'corrupt', inner);
    expectError(() => parseCommit(commitWith(6, bad)), 'corrupt', `Invalid commit tree content checksum: ${inner}`);
    expectError(() => parseCommit(commitWith(7, bad)), 'corrupt', `Invalid commit tree metadata checksum: ${inner}`);
  });

  it('takes no checksum for no parent, and only there', () => {
    const none = new Uint8Array();
    const inner = 'Invalid checksum of length 0 expected 32';
    expect(parseCommit(commitWith(1, none)).parent).toBeNull();
    expectError(() => parseCommit(commitWith(6, none)), 'corrupt', `Invalid commit tree content checksum: ${inner}`);
    expectError(() => parseCommit(commitWith(7, none)), 'corrupt', `Invalid commit tree metadata checksum: ${inner}`);
  });

  it('refuses an empty metadata key', () => {
    expectError(() => parseCommit(commitWith(0, [['', variant('s', 'x')]])), 'corrupt', 'Empty metadata key');
  });

  it('refuses metadata nested beyond measure', () => {
    // Variants in variants: each costs two bytes, so that a small object could be very deep.
    const deep = hex('00'.repeat(16));
    expect(() => parseCommit(deep)).toThrow(expect.objectContaining({ name: 'OstError' }));
    let value = variant('u', 1) as { type: string; value: unknown };
    for (let i = 0; i < 120; i++) value = { type: 'v', value };
    expect(() => parseCommit(commitWith(0, [['a', value]]))).not.toThrow();
  });

  it('keeps the largest time', () => {
    const time = 2n ** 64n - 1n;
    expect(parseCommit(commitWith(5, time)).timestamp).toBe(time);
  });

  it('reads the time as big-endian', () => {
    expect(parseCommit(commitWith(5, 1n)).timestamp).toBe(2n ** 56n);
  });
});

it('the content checksum does not depend on anything else', () => {
  const plain = commitContentChecksum(parseCommit(commitWith(5, 0n)), portableHash);
  expect(commitContentChecksum(parseCommit(commitWith(3, 'subject')), portableHash)).toBe(plain);
  expect(
    commitContentChecksum(
      parseCommit(
        commitWith(
          6,
          SUM.map(() => 1),
        ),
      ),
      portableHash,
    ),
  ).not.toBe(plain);
});
