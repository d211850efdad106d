import { byteswap, parseVariant, printVariant, VariantError, VariantTextError, variant } from '@ost/gvariant';
import { expect, expectTypeOf, test } from 'vitest';

test('xattrs as `ls -X` prints them', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const xattrs: [Uint8Array, Uint8Array][] = [
    [bytes('user.alpha\0'), bytes('abc')],
    [bytes('user.zeta\0'), bytes('z1')],
  ];
  expect(printVariant('a(ayay)', xattrs)).toBe(
    "[(b'user.alpha', [byte 0x61, 0x62, 0x63]), (b'user.zeta', [0x7a, 0x31])]",
  );
  expect(printVariant('a(ayay)', [])).toBe('@a(ayay) []');
});

test('byteswap goes through variants', () => {
  expect(byteswap('a{sv}', [['a', variant('(tyn)', [1n, 2, 3])]])).toEqual([
    ['a', variant('(tyn)', [0x0100_0000_0000_0000n, 2, 0x0300])],
  ]);
  expect(byteswap('i', 1)).toBe(0x0100_0000);
});

test('an error tells its place', () => {
  try {
    parseVariant("{'a': <99999999999>}");
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(VariantTextError);
    expect(error).toMatchObject({ code: 'text', start: 7, end: 18, reason: "number out of range for type 'i'" });
  }
});

test('subnormal numbers are read, though GLib calls them too big', () => {
  expect(parseVariant('5e-324').value).toBe(5e-324);
  expect(parseVariant(printVariant('d', 1e-310)).value).toBe(1e-310);
});

test('a value is checked before it is printed', () => {
  expect(() => printVariant('s', 5 as unknown as string)).toThrow(VariantError);
  expect(() => printVariant(['nonsense'].join(''), 5)).toThrow(VariantError);
});

test('the type of the result follows from the expected type', () => {
  expectTypeOf(parseVariant('[]', 'as').value).toEqualTypeOf<string[]>();
  expect(() => parseVariant('1', ['z'].join(''))).toThrow(VariantError);
});
