import { describe, expect, it } from 'vitest';
import { padded, tar } from '../support/tar.js';
import { contentOf, refused, ROOT, treeOf } from '../support/tar-commits.js';

describe('sparse files', () => {
  const holes = Buffer.alloc(3000);
  holes.write('one', 0);
  holes.write('two', 1500);
  const numbers = (...values: number[]) => values.map((n) => `${n.toString(8).padStart(11, '0')}\0`).join('');
  const data = 'onetwo';
  const map: Record<string, Buffer> = {
    'GNU tar': tar(ROOT, {
      name: 's',
      type: 'S',
      magic: 'gnu',
      content: data,
      patch: (header) => {
        header.write(numbers(0, 3, 1500, 3, 3000, 0), 386);
        header.write(numbers(3000), 483);
      },
    }),
    'GNU tar with more blocks': tar(ROOT, {
      name: 's',
      type: 'S',
      magic: 'gnu',
      size: 6,
      patch: (header) => {
        header.write(numbers(0, 1, 1, 1, 2, 1, 1500, 1), 386);
        header[482] = 1;
        header.write(numbers(3000), 483);
      },
      content: Buffer.concat([padded(Buffer.from(numbers(1501, 1, 1502, 1))), Buffer.from(data)]),
    }),
    'pax 0.0': tar(ROOT, {
      name: 's',
      content: data,
      pax: [
        ['GNU.sparse.size', '3000'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.offset', '0'],
        ['GNU.sparse.numbytes', '3'],
        ['GNU.sparse.offset', '1500'],
        ['GNU.sparse.numbytes', '3'],
      ],
    }),
    'pax 0.1': tar(ROOT, {
      name: 'GNUSparseFile.1/s',
      content: data,
      pax: [
        ['GNU.sparse.name', 's'],
        ['GNU.sparse.size', '3000'],
        ['GNU.sparse.map', '0,3,1500,3'],
      ],
    }),
    'pax 1.0': tar(ROOT, {
      name: 'GNUSparseFile.1/s',
      content: Buffer.concat([padded(Buffer.from('2\n0\n3\n1500\n3\n')), Buffer.from(data)]),
      pax: [
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.name', 's'],
        ['GNU.sparse.realsize', '3000'],
      ],
    }),
  };

  it.each(Object.entries(map))('are expanded: %s', async (_, archive) => {
    expect(Buffer.from(await contentOf(archive, 's')).equals(holes)).toBe(true);
  });

  it('may be nothing but a hole', async () => {
    const pax = [
      ['GNU.sparse.size', '20000000'],
      ['GNU.sparse.map', ''],
    ] as const;
    expect(await treeOf(tar(ROOT, { name: 's', pax }))).toEqual(['/ 40755 0:0', '/s 100644 0:0 20000000']);
  });

  it.each([
    ['pieces beyond the end', '0,3,2999,3'],
    ['pieces that overlap', '10,3,9,3'],
    ['less data than there is', '0,3'],
    ['more data than there is', '0,3,1500,3,1600,1'],
    ['half a piece', '0,3,1500'],
    ['words', '0,3,a,3'],
    ['numbers out of reach', '0,3,99999999999999999999,3'],
  ])('are refused with %s', async (_, value) => {
    const pax = [
      ['GNU.sparse.size', '3000'],
      ['GNU.sparse.map', value],
    ] as const;
    await refused(tar(ROOT, { name: 's', content: data, pax }), 'corrupt', /Sparse|Malformed|overflow/);
  });
});
