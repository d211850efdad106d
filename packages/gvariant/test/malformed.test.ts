import { codec, openVariant, VariantError } from '@ost/gvariant';
import { expect, test } from 'vitest';
import { unhex } from './helpers.js';

// type, bytes, what is wrong with them
const MALFORMED: [string, string, string][] = [
  ['y', '', 'a fixed size that is missing'],
  ['y', '0000', 'a fixed size that is exceeded'],
  ['b', '02', 'a boolean that is neither'],
  ['u', '000000', 'a short integer'],
  ['s', '', 'no terminator in nothing'],
  ['s', '61', 'no terminator'],
  ['s', '610062', 'no terminator at the end'],
  ['s', '61006200', 'a NUL within'],
  ['s', 'ff00', 'a byte that UTF-8 does not have'],
  ['s', 'c08000', 'an overlong NUL'],
  ['s', 'eda08000', 'a surrogate'],
  ['s', 'f490808000', 'a code point above U+10FFFF'],
  ['s', 'c300', 'a character cut short'],
  ['o', '6100', 'not a path'],
  ['o', '2f612f00', 'a path that ends in a slash'],
  ['o', '2f2f6100', 'an empty element of a path'],
  ['o', '2f2e00', 'a character that no path has'],
  ['g', '6100', 'half a type'],
  ['g', '6d6900', 'a maybe in a signature'],
  ['au', '0000000000', 'a size that is no multiple'],
  ['as', '610003', 'an end behind the table'],
  ['as', '610000', 'an end of zero for a string'],
  ['as', '6100ff', 'an end outside'],
  ['as', '61006200020204', 'ends that stand still'],
  ['as', '6100620004020204', 'ends that go back'],
  ['as', '61000200', 'a table entry wider than needed'],
  ['at', '00', 'less than one element'],
  ['av', '0100000000007908', 'an end that counts the table'],
  ['av', '0000790100000000007903', 'a hole that is not zero'],
  ['()', '01', 'a unit that is not zero'],
  ['()', '', 'a unit that is empty'],
  ['(yu)', '0100000102000000', 'padding inside that is not zero'],
  ['(uy)', '0100000002000001', 'padding at the end that is not zero'],
  ['(ss)', '61006200', 'no offset'],
  ['(ss)', '6100620005', 'an offset behind the data'],
  ['(ss)', '6100620003', 'an offset inside a string'],
  ['(ss)', '610062000200', 'an offset wider than needed'],
  ['(ss)', '61006200ff02', 'bytes that belong to nothing'],
  ['(sss)', '6100620063000204', 'offsets in the wrong order'],
  ['ms', '6100', 'a just without its zero'],
  ['ms', '610001', 'a just that ends in one'],
  ['mu', '000000', 'a short just'],
  ['mu', '0000000000', 'a just with a zero too many'],
  ['m()', '01', 'a just unit that is not zero'],
  ['v', '', 'no variant at all'],
  ['v', '00', 'no type'],
  ['v', '7979', 'no zero before the type'],
  ['v', '010079', ''],
  ['v', '0100', 'no type behind the zero'],
  ['v', '010061', 'half a type'],
  ['v', '01007979', 'two types'],
  ['v', '01002a', 'an indefinite type'],
  ['v', '010075', 'a child of the wrong size'],
  ['v', '020062', 'a child that is not normal'],
  ['{sv}', '6100000000000000010079', 'an entry without its offset'],
  ['a{sv}', '610000000000000001007902', 'an entry cut short'],
];

test.each(MALFORMED)('%s %s: %s', (type, bytes, problem) => {
  const isNormal = problem === '';
  expect(codec(type).isNormal(unhex(bytes))).toBe(isNormal);
  if (isNormal) return;
  expect(() => codec(type).decode(unhex(bytes))).toThrow(new VariantError('not-normal', 'Not normal form'));
  expect(() => openVariant(type, unhex(bytes)).value()).toThrow(VariantError);
});

test('work and memory follow the size of the input', () => {
  const zeros = new Uint8Array(1_000_000);
  expect(codec('aay').decode(zeros)).toHaveLength(250_000);
  expect(codec('a()').decode(zeros)).toHaveLength(1_000_000);
  expect(codec('av').isNormal(zeros)).toBe(false);
  expect(codec('v').isNormal(zeros.fill(0x61))).toBe(false);
  const path = new TextEncoder().encode(`${'/a'.repeat(5_000_000)}\0`);
  expect(codec('o').isNormal(path)).toBe(true);
  const type = `(${'y'.repeat(100_000)})`;
  const wide = new Uint8Array(200_003);
  wide.set(new TextEncoder().encode(type), 100_001);
  expect(codec('v').isNormal(wide)).toBe(true);
});
