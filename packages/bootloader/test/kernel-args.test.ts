import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelArgs, splitCommandLine } from '@ost/bootloader';

const parse = (line: string): KernelArgs => KernelArgs.parse(line);

describe('splitting a command line', () => {
  it.each([
    ['root=a quiet', ['root=a', 'quiet']],
    ['  a   b  ', ['a', 'b']],
    ['dyndbg="file a.c +p; x" rw', ['dyndbg="file a.c +p; x"', 'rw']],
    ['a\tb c', ['a\tb', 'c']],
    ['open="never closed a b', ['open="never closed a b']],
    ['', []],
  ])('%j', (line, tokens) => {
    expect(splitCommandLine(line)).toEqual(tokens);
  });

  it('is undone by joining', () => {
    const token = fc.stringMatching(/^[a-z.=_-]+$/);
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        expect(parse(tokens.join(' ')).toStrings()).toEqual(tokens);
      }),
    );
  });
});

describe('kernel arguments', () => {
  it('tells no value from an empty one', () => {
    const args = parse('quiet empty= key=a=b');
    expect(args.lastValue('quiet')).toBeNull();
    expect(args.lastValue('empty')).toBe('');
    expect(args.lastValue('key')).toBe('a=b');
    expect(args.lastValue('none')).toBeUndefined();
    expect(args.toString()).toBe('quiet empty= key=a=b');
  });

  it('appends, also several at once', () => {
    expect(parse('a=1').append('b c=2').append('a=2').toString()).toBe('a=1 b c=2 a=2');
    expect(KernelArgs.fromStrings(['a b', 'c']).toString()).toBe('a b c');
  });

  it('replaces all of a key at the place of the first', () => {
    expect(parse('x a=1 y a=2 z').replace('a=3').toString()).toBe('x a=3 y z');
    expect(parse('x').replace('a=3').toString()).toBe('x a=3');
    expect(parse('a=1').replace('a=with blank').args).toEqual([{ key: 'a', value: 'with blank' }]);
    expect(new KernelArgs().replace('one=1').replace('one=2').toString()).toBe('one=2');
  });

  it('appends what is missing, by key only', () => {
    expect(parse('a=1').appendIfMissing('a=2').appendIfMissing('b').toString()).toBe('a=1 b');
  });

  it('changes values', () => {
    expect(parse('a=1 b').changeValue('a=2').toString()).toBe('a=2 b');
    expect(parse('a=1 a=2').changeValue('a=2=3').toString()).toBe('a=1 a=3');
    expect(parse('a=1').changeValue('a').toString()).toBe('a');
    expect(() => parse('a=1 a=2').changeValue('a=3')).toThrow("Multiple values for key 'a' found");
    expect(() => parse('a=1').changeValue('b=1')).toThrow("No key 'b' found");
    expect(() => parse('a=1').changeValue('a=2=3')).toThrow("No karg 'a=2' found");
  });

  it('deletes one occurrence', () => {
    expect(parse('a=1 b').delete('a').toString()).toBe('b');
    expect(parse('a=1 b').delete('a=1').toString()).toBe('b');
    expect(parse('a=1 a=2 a').delete('a=2').toString()).toBe('a=1 a');
    expect(parse('a=1 a=2 a').delete('a').toString()).toBe('a=1 a=2');
    expect(parse('a=1 b c').delete('b a=1').toString()).toBe('c');
    expect(() => parse('a=1').delete('b')).toThrow("No key 'b' found");
    expect(() => parse('a=1').delete('a=2')).toThrow("No karg 'a=2' found");
    expect(() => parse('a=1 a=2').delete('a')).toThrow("Multiple values for key 'a' found");
    expect(() => parse('a=1 a=2').delete('a=3')).toThrow("No karg 'a=3' found");
  });

  it('deletes if the key is there', () => {
    expect(parse('a=1').deleteIfPresent('b=2').toString()).toBe('a=1');
    expect(parse('a=1 b').deleteIfPresent('a=1').toString()).toBe('b');
    expect(() => parse('a=1').deleteIfPresent('a=2')).toThrow("No karg 'a=2' found");
  });

  it('imports a running command line without what the bootloader added', () => {
    const args = KernelArgs.fromProcCmdline('BOOT_IMAGE=(hd0,1)/vmlinuz root=LABEL=x initrd=\\i.img quiet\n');
    expect(args.toString()).toBe('root=LABEL=x quiet');
  });

  it('compares in order', () => {
    expect(parse('a b=1').equals(parse('a  b=1'))).toBe(true);
    expect(parse('a b=1').equals(parse('b=1 a'))).toBe(false);
    expect(parse('a').equals(parse('a='))).toBe(false);
    const copy = parse('a b');
    copy.clone().append('c');
    expect(copy.toString()).toBe('a b');
  });
});
