import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flock, funlock, lock, unlock } from '@ost/linux';
import { scratch } from './scratch.js';

const dir = scratch();

describe.each([
  ['record locks', lock, unlock],
  ['flock', flock, funlock],
] as const)('%s', (label, take, release) => {
  it('lets readers share and keeps writers out', () => {
    const path = join(dir, label);
    const a = openSync(path, 'w+');
    const b = openSync(path, 'w+');
    try {
      expect(take(a, 'shared')).toBe(true);
      expect(take(b, 'shared', { wait: true })).toBe(true);
      expect(take(a, 'exclusive')).toBe(false);
      release(b);
      expect(take(a, 'exclusive')).toBe(true);
      expect(take(b, 'shared')).toBe(false);
      release(a);
      expect(take(b, 'exclusive')).toBe(true);
    } finally {
      closeSync(a);
      closeSync(b);
    }
  });

  it('reports a bad descriptor', () => {
    expect(() => take(9999, 'shared')).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => release(9999)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});
