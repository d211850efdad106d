import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hashFiles } from '@ost/repo';
import { failure, scratch, write } from './support/scratch.js';

// Many bytes are hashed by a worker thread.
it.each([0, 1, 9 << 20])(
  'the hash of several files is that of their bytes, one after the other: %i and some',
  async (size) => {
    const dir = write(scratch(), { first: Buffer.alloc(size, 'x'), second: 'some' });
    const expected = createHash('sha256').update(Buffer.alloc(size, 'x')).update('some').digest('hex');
    expect(await hashFiles([join(dir, 'first'), join(dir, 'second')])).toBe(expected);
  },
);

it('has an error for a file that is not there', async () => {
  expect(await failure(hashFiles([join(scratch(), 'missing')]))).toMatchObject({ code: 'ENOENT' });
});
