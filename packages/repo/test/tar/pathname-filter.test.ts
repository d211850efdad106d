import { describe, expect, it } from 'vitest';
import { tarPathnameFilter } from '@ost/repo';

describe('tarPathnameFilter', () => {
  it.each([
    ['^usr/,', 'usr/bin', 'bin'],
    ['^,foo/', 'usr', 'foo/usr'],
    ['(u)(s),\\2\\1', 'usr', 'sur'],
    ['b,[\\0]', 'abb', 'a[b][b]'],
    ['b,\\g<0>\\g<1>', 'ab', 'ab'],
    ['(?<n>b)|c,<\\g<n>>', 'abc', 'a<b><>'],
    ['(?P<n>b),\\g<n>\\g<n>', 'ab', 'abb'],
    ['a*,-', 'aab', '--b-'],
    ['(?i)B,x', 'abB', 'axx'],
    ['[[:alpha:]]+,x', 'ab/1c', 'x/1x'],
    ['\\Aa,x', 'aa', 'xa'],
    ['a\\z,x', 'aa', 'ax'],
    ['\\-\\_,x', 'a-_b', 'axb'],
    ['b,\\U\\0x\\E\\0', 'b', 'BXb'],
    ['bc,\\u\\0', 'bc', 'Bc'],
    ['B,\\l\\0', 'B', 'b'],
    ['b,\\x41\\x{42}\\t\\\\', 'b', 'AB\t\\'],
    ['a,x,y', 'a', 'x,y'],
    ['$,\\1', 'a', 'a'],
  ])('%s', (text, path, expected) => {
    expect(tarPathnameFilter(text)(path)).toBe(expected);
  });

  it.each([
    ['nothing', "Missing ',' in --tar-pathname-filter"],
    ['(,x', '--tar-pathname-filter: Error while compiling regular expression ‘(’'],
    ['a,\\q', 'unknown escape sequence'],
    ['a,\\', 'stray final'],
    ['a,\\x{ffffff}', 'invalid code point'],
  ])('refuses %s', (text, message) => {
    expect(() => tarPathnameFilter(text)).toThrow(message);
  });
});
