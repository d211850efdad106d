import { closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fgetxattr,
  flistxattr,
  fremovexattr,
  fsetxattr,
  isLinuxError,
  lgetxattr,
  llistxattr,
  lremovexattr,
  lsetxattr,
  readXattrs,
} from '@ost/linux';
import { orSkip, scratch } from './scratch.js';

const dir = scratch();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = (data: Uint8Array): number[] => [...data];

function file(name: string): string {
  const path = join(dir, name);
  writeFileSync(path, 'x');
  return path;
}

describe('extended attributes', () => {
  it('sets, reads, lists and removes by path', (context) => {
    const path = file('a');
    orSkip(context, ['ENOTSUP'], () => lsetxattr(path, 'user.one', bytes('first')));
    lsetxattr(path, bytes('user.two'), new Uint8Array());
    expect(plain(lgetxattr(path, 'user.one') as Uint8Array)).toEqual(plain(bytes('first')));
    expect(lgetxattr(path, 'user.two')).toHaveLength(0);
    expect(lgetxattr(path, 'user.none')).toBeNull();
    expect(
      llistxattr(path)
        .map((name) => new TextDecoder().decode(name))
        .sort(),
    ).toEqual(['user.one', 'user.two']);
    expect(lremovexattr(path, 'user.one')).toBe(true);
    expect(lremovexattr(path, 'user.one')).toBe(false);
    expect(readXattrs(path)).toEqual([{ name: bytes('user.two'), value: new Uint8Array() }]);
  });

  it('works on open files', (context) => {
    const fd = openSync(file('b'), 'r+');
    try {
      expect(flistxattr(fd)).toEqual([]);
      orSkip(context, ['ENOTSUP'], () => fsetxattr(fd, 'user.one', bytes('v')));
      expect(fgetxattr(fd, 'user.one')).toEqual(bytes('v'));
      expect(flistxattr(fd)).toEqual([bytes('user.one')]);
      expect(readXattrs(fd)).toEqual([{ name: bytes('user.one'), value: bytes('v') }]);
      expect(fremovexattr(fd, 'user.one')).toBe(true);
      expect(fgetxattr(fd, 'user.one')).toBeNull();
    } finally {
      closeSync(fd);
    }
  });

  it('keeps every byte of values and of path names', (context) => {
    const path = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe, 0x41])]);
    writeFileSync(path, 'x');
    orSkip(context, ['ENOTSUP'], () => lsetxattr(path, 'user.v', bytes('x')));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1500 }),
        fc.uint8Array({ min: 1, minLength: 1, maxLength: 40 }),
        (value, tail) => {
          const name = new Uint8Array([...bytes('user.'), ...tail]);
          lsetxattr(path, name, value);
          const list = readXattrs(path).filter((xattr) => Buffer.from(xattr.name).equals(name));
          expect(list.map((xattr) => plain(xattr.value))).toEqual([plain(value)]);
          lremovexattr(path, name);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('grows its buffer for values beyond the first guess', (context) => {
    const path = file('big');
    const value = new Uint8Array(3500).fill(7);
    orSkip(context, ['ENOTSUP', 'ENOSPC', 'E2BIG'], () => lsetxattr(path, 'user.big', value));
    expect(lgetxattr(path, 'user.big')).toEqual(value);
  });

  it('does not follow links', (context) => {
    const path = join(dir, 'link');
    symlinkSync('nowhere', path);
    expect(llistxattr(path)).toEqual([]);
    orSkip(context, ['EPERM', 'ENOTSUP'], () => lsetxattr(path, 'trusted.t', bytes('v')));
    expect(lgetxattr(path, 'trusted.t')).toEqual(bytes('v'));
  });

  it('throws with errno, code, call and path', () => {
    const path = join(dir, 'missing');
    let caught: unknown;
    try {
      llistxattr(path);
    } catch (error) {
      caught = error;
    }
    expect(isLinuxError(caught, 'ENOENT')).toBe(true);
    expect(caught).toMatchObject({ errno: 2, syscall: 'llistxattr', path, reason: 'No such file or directory' });
    expect(() => lgetxattr('a\0b', 'user.x')).toThrow('NUL');
  });

  it('answers "none" on file systems without extended attributes', () => {
    expect(llistxattr('/proc/self/stat')).toEqual([]);
  });
});
