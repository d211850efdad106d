import { expect, it } from 'vitest';
import { configureMalloc } from '@ost/linux';

const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };

it('malloc can be told to keep less where the C library knows how', () => {
  const options = { arenas: 2, ownMapping: 1 << 18, spare: 1 << 17 };
  expect(configureMalloc(options)).toBe(header.glibcVersionRuntime !== undefined);
});
