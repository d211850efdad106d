import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InflatedLengths, Libdeflate } from '@ost/linux';

const libdeflate = Libdeflate.open();
const there = libdeflate !== null || process.env['CI'] !== undefined;

describe.runIf(there)('libdeflate', () => {
  const deflate = (bytes: Uint8Array, level: number): Uint8Array => (libdeflate as Libdeflate).deflateRaw(bytes, level);
  const inflate = (bytes: Uint8Array, output: Uint8Array): InflatedLengths | null =>
    (libdeflate as Libdeflate).inflateRaw(bytes, output);

  it('packs any bytes so that zlib unpacks them', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 4096 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.integer({ min: 1, max: 4096 }))
        .map(([part, times]) => new Uint8Array(Buffer.alloc(part.length * times, part))),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 12 }), (content, level) => {
        const packed = deflate(content, level);
        expect(Buffer.compare(inflateRawSync(packed), content)).toBe(0);
        const output = new Uint8Array(content.length + 1);
        expect(inflate(Buffer.concat([packed, Buffer.from('more')]), output)).toEqual({
          read: packed.length,
          written: content.length,
        });
        expect(Buffer.compare(output.subarray(0, content.length), content)).toBe(0);
      }),
    );
  });

  it('unpacks nothing that is cut short, that has more than room, or that is no DEFLATE', () => {
    const content = Buffer.from('some text that repeats; some text that repeats; and that does not');
    const packed = deflateRawSync(content);
    expect(inflate(packed, new Uint8Array(content.length))).toEqual({ read: packed.length, written: content.length });
    expect(inflate(packed, new Uint8Array(content.length - 1))).toBeNull();
    for (let length = 0; length < packed.length; length++) {
      expect(inflate(packed.subarray(0, length), new Uint8Array(1000)), `${length}`).toBeNull();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const output = new Uint8Array(1000);
        const lengths = inflate(bytes, output);
        if (lengths === null) return;
        expect(lengths.read).toBeLessThanOrEqual(bytes.length);
        expect(Buffer.compare(inflateRawSync(bytes), output.subarray(0, lengths.written))).toBe(0);
      }),
      { numRuns: 2000 },
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
