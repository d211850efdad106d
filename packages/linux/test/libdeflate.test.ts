import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Libdeflate } from '@ost/linux';

const libdeflate = Libdeflate.open();
const there = libdeflate !== null || process.env['CI'] !== undefined;

describe.runIf(there)('libdeflate', () => {
  const deflate = (bytes: Uint8Array, level: number): Uint8Array => (libdeflate as Libdeflate).deflateRaw(bytes, level);

  it('packs any bytes so that zlib unpacks them', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 4096 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.integer({ min: 1, max: 4096 }))
        .map(([part, times]) => new Uint8Array(Buffer.alloc(part.length * times, part))),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 12 }), (content, level) => {
        expect(Buffer.compare(inflateRawSync(deflate(content, level)), content)).toBe(0);
      }),
    );
  });

  it('packs what lies anywhere in a buffer, of any size', () => {
    const buffer = Buffer.alloc(20_000_000, 'some text that repeats; ');
    for (const [from, to] of [
      [7, 7],
      [3, 1000],
      [1, 20_000_000],
      [19_999_999, 20_000_000],
    ] as const) {
      const part = buffer.subarray(from, to);
      expect(Buffer.compare(inflateRawSync(deflate(part, 6)), part)).toBe(0);
    }
  });

  it('packs more with a higher level', () => {
    const text = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `${(i * i) % 997} `).join(''));
    expect(deflate(text, 9).length).toBeLessThan(deflate(text, 1).length);
  });

  it('refuses a level that there is not', () => {
    expect(() => deflate(new Uint8Array(1), 13)).toThrow('libdeflate has no level 13');
  });
});
