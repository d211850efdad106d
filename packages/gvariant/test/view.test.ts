import { codec, openVariant, VariantError, variant } from '@ost/gvariant';
import { expect, test } from 'vitest';

const SUMMARY = '(a(s(taya{sv}))a{sv})';
const names = Array.from({ length: 1000 }, (_, i) => `ref/${String(i).padStart(4, '0')}`);
const summary = codec(SUMMARY).encode([
  names.map((name, i) => [name, [BigInt(i), new Uint8Array(32).fill(i), [['key', variant('u', i)]]]]),
  [['mode', variant('s', 'archive')]],
]);

test('children without their siblings', () => {
  const refs = openVariant(SUMMARY, summary).child(0);
  expect(refs.type).toBe('a(s(taya{sv}))');
  expect(refs.length).toBe(1000);
  expect(refs.child(7).child(0).value()).toBe('ref/0007');
  expect(refs.child(999).child(1).child(0).value()).toBe(999n);
  expect(refs.child(3).child(1).child(2).lookup('key')?.value()).toBe(3);
});

test('damage elsewhere does not matter', () => {
  const damaged = summary.slice();
  damaged[summary.indexOf(0x34)] = 0xff; // inside 'ref/0004'
  const refs = openVariant(SUMMARY, damaged).child(0);
  expect(refs.child(5).child(0).value()).toBe('ref/0005');
  expect(() => refs.child(4).value()).toThrow(VariantError);
  expect(codec(SUMMARY).isNormal(damaged)).toBe(false);
});

test('lookup and bisect', () => {
  const view = openVariant(SUMMARY, summary);
  expect(view.child(1).lookup('mode')?.value()).toBe('archive');
  expect(view.child(1).lookup('mod')).toBeNull();
  for (const name of names) expect(view.child(0).bisect(name)?.child(0).value()).toBe(name);
  expect(view.child(0).bisect('ref/0004a')).toBeNull();
  expect(view.child(0).bisect('')).toBeNull();
  expect(view.child(0).bisect('z')).toBeNull();
  expect(() => openVariant('au', new Uint8Array(4)).lookup('a')).toThrow(VariantError);
});

test('every kind of container', () => {
  const open = (type: string, value: unknown) => openVariant(type, codec(type).encode(value));
  expect(
    open('ay', new Uint8Array([5, 6]))
      .child(1)
      .value(),
  ).toBe(6);
  expect(open('at', [1n, 2n]).child(1).value()).toBe(2n);
  expect(open('as', []).length).toBe(0);
  expect(open('ms', null).length).toBe(0);
  expect(open('ms', { just: 'a' }).child(0).value()).toBe('a');
  expect(open('mu', { just: 7 }).child(0).value()).toBe(7);
  expect(
    open('v', variant('(sus)', ['a', 1, 'b']))
      .child(0)
      .child(2)
      .value(),
  ).toBe('b');
  expect(open('(yst)', [1, 'a', 2n]).child(2).value()).toBe(2n);
  expect(open('u', 1).length).toBe(0);
  expect(() => open('as', ['a']).child(1)).toThrow(RangeError);
  expect(openVariant('t', codec('t').encode(1n, { endian: 'big' }), { endian: 'big' }).value()).toBe(1n);
});
