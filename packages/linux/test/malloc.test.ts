import { expect, it } from 'vitest';
import { limitArenas } from '@ost/linux';

const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };

it('arenas can be limited where the C library has them', () => {
  expect(limitArenas(2)).toBe(header.glibcVersionRuntime !== undefined);
});
