import {
  type Codec,
  codec,
  type Encodable,
  isTypeString,
  type TypedVariant,
  type Value,
  type Variant,
  VariantError,
  variant,
} from '@ost/gvariant';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { hex, unhex } from './helpers.js';

test('the worked example of the repository format', () => {
  const bytes = codec('a{sv}').encode([['ostree.ref-binding', variant('as', ['main'])]]);
  expect(hex(bytes)).toBe('6f73747265652e7265662d62696e64696e670000000000006d61696e00050061731322');
  expect(codec('a{sv}').decode(bytes)).toEqual([['ostree.ref-binding', { type: 'as', value: ['main'] }]]);
});

test('a decoded byte array is a view of its input', () => {
  const bytes = codec('(say)').encode(['name', new Uint8Array([1, 2, 3])]);
  const [, content] = codec('(say)').decode(bytes);
  expect(content.buffer).toBe(bytes.buffer);
  expect([...content]).toEqual([1, 2, 3]);
});

test('input that is not aligned in memory', () => {
  const value: Value<'(yxa(tu))'> = [1, -2n, [[3n, 4]]];
  const bytes = codec('(yxa(tu))').encode(value);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(codec('(yxa(tu))').decode(moved.subarray(3))).toEqual(value);
});

test('an encoding is not overwritten by the next one', () => {
  const first = codec('s').encode('first');
  codec('s').encode('other');
  expect(hex(first)).toBe('666972737400');
});

test('every offset width', () => {
  for (const size of [100, 252, 253, 254, 255, 256, 65530, 65531, 65532, 65533, 65534, 65536, 70000]) {
    const value: [Uint8Array, Uint8Array] = [new Uint8Array(size), new Uint8Array(0)];
    const bytes = codec('(ayay)').encode(value);
    expect(bytes.length - size).toBe(size + 1 <= 0xff ? 1 : size + 2 <= 0xffff ? 2 : 4);
    expect(
      codec('(ayay)')
        .decode(bytes)
        .map((part) => part.length),
    ).toEqual([size, 0]);
    const array = codec('aay').encode(value);
    expect(
      codec('aay')
        .decode(array)
        .map((part) => part.length),
    ).toEqual([size, 0]);
  }
});

test('facts of a codec', () => {
  expect(codec('(yt)')).toMatchObject({ type: '(yt)', alignment: 8, fixedSize: 16 });
  expect(codec('as')).toMatchObject({ type: 'as', alignment: 1, fixedSize: null });
  expect(codec('()')).toMatchObject({ alignment: 1, fixedSize: 1 });
  expect(codec('a{sv}')).toBe(codec('a{sv}'));
});

test.each([
  ['y', 256],
  ['y', -1],
  ['y', 1.5],
  ['y', 1n],
  ['b', 1],
  ['n', 0x8000],
  ['q', -1],
  ['i', 0x8000_0000],
  ['u', -1],
  ['u', 2 ** 32],
  ['u', NaN],
  ['x', 2n ** 63n],
  ['x', 1],
  ['t', -1n],
  ['t', 2n ** 64n],
  ['d', 1n],
  ['s', 'a\0b'],
  ['s', '\ud800'],
  ['s', `${'long '.repeat(30)}\udfff`],
  ['s', 5],
  ['o', 'a'],
  ['o', '/a/'],
  ['g', 'a'],
  ['g', 'mi'],
  ['ay', [1]],
  ['as', 'a'],
  ['(ii)', [1]],
  ['(ii)', [1, 2, 3]],
  ['a{sv}', [['a']]],
  ['mi', 5],
  ['mi', undefined],
  ['v', 5],
  ['v', null],
] as [string, unknown][])('%s does not take value %#', (type, value) => {
  expect(() => codec(type).encode(value)).toThrow(expect.objectContaining({ name: 'VariantError', code: 'value' }));
});

describe('nesting', () => {
  const nest = (levels: number): Variant => {
    let value: Variant = variant('y', 1);
    for (let i = 1; i < levels; i++) value = { type: 'v', value };
    return value;
  };

  test('the deepest variant that is normal', () => {
    const bytes = codec('v').encode(nest(127));
    expect(codec('v').isNormal(bytes)).toBe(true);
    expect(codec('v').isNormal(bytes, { maxDepth: 64 })).toBe(false);
    const deeper = new Uint8Array([...bytes, 0, 0x76]);
    expect(codec('v').isNormal(deeper)).toBe(false);
  });

  test('too deep to write', () => {
    expect(() => codec('v').encode(nest(128))).toThrow(expect.objectContaining({ code: 'limit' }));
    expect(() => codec('v').encode(nest(3), { maxDepth: 2 })).toThrow(expect.objectContaining({ code: 'limit' }));
    const cycle = { type: 'v', value: null as unknown };
    cycle.value = cycle;
    expect(() => codec('v').encode(cycle as Variant)).toThrow(VariantError);
  });
});

test.each(['', 'r', '*', 'a', 'a*', '(', ')', '{sv', '{vs}', '{ss', '{sss}', 'ss', 'z', 'a?', `${'a'.repeat(129)}i`])(
  '%j is not a definite type',
  (type) => {
    expect(isTypeString(type)).toBe(false);
    expect(() => codec(type)).toThrow(expect.objectContaining({ code: 'type' }));
    expect(() => codec('v').encode({ type, value: 1 })).toThrow(VariantError);
  },
);

test('types follow from the type string', () => {
  type Xattrs = [number, number, number, [Uint8Array, Uint8Array][]];
  expectTypeOf<Value<'(uuua(ayay))'>>().toExtend<Xattrs>();
  expectTypeOf<Xattrs>().toExtend<Value<'(uuua(ayay))'>>();
  expectTypeOf<Value<'a{sv}'>>().toEqualTypeOf<[string, Variant][]>();
  expectTypeOf<Value<'a(say)'>>().toEqualTypeOf<[string, Uint8Array][]>();
  expectTypeOf<Value<'(a{sv}aya(say)sstayay)'>>().toEqualTypeOf<
    [[string, Variant][], Uint8Array, [string, Uint8Array][], string, string, bigint, Uint8Array, Uint8Array]
  >();
  expectTypeOf<Value<'mms'>>().toEqualTypeOf<{ just: { just: string } | null } | null>();
  expectTypeOf<Value<'()'>>().toEqualTypeOf<[]>();
  expectTypeOf<Value<'aay'>>().toEqualTypeOf<Uint8Array[]>();
  expectTypeOf<Value<'a*'>>().toEqualTypeOf<never>();
  expectTypeOf<Value<'ii'>>().toEqualTypeOf<never>();
  expectTypeOf<Value<string>>().toBeUnknown();
  expectTypeOf<Encodable<'a(su)'>>().toEqualTypeOf<readonly (readonly [string, number])[]>();
  expectTypeOf(codec('u')).toEqualTypeOf<Codec<'u'>>();
  const anyType = ['b'].join('');
  expectTypeOf(codec(anyType)).toEqualTypeOf<Codec>();
  expectTypeOf(variant('as', ['a']).value).toEqualTypeOf<string[]>();
  expectTypeOf<TypedVariant<'s'>>().toExtend<Variant>();
  // @ts-expect-error a string is no number
  expect(() => codec('u').encode('a')).toThrow(VariantError);
  // @ts-expect-error one member is missing
  expect(() => codec('(su)').encode(['a'])).toThrow(VariantError);
});

test('a signature that is not text', () => {
  expect(codec('v').isNormal(unhex('0100ff'))).toBe(false);
});
