import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MIB, pseudoRandomBytes, SIZES } from './bytes.js';

/** What this suite needs of a `DeflateProvider` of `@ost/objects`; declared here, as that package's tests use this one. */
export interface DeflateProviderLike {
  deflateRaw(bytes: Uint8Array, level: number): Uint8Array;
  inflateRaw(bytes: Uint8Array, options: { readonly maxSize: number; readonly expectedSize?: number }): Uint8Array;
}

/** Compressible bytes: runs, text and noise. */
function mixed(length: number): Uint8Array {
  const bytes = pseudoRandomBytes(length, length + 5);
  for (let i = 0; i < length; i++) {
    const block = (i >> 9) % 3;
    if (block === 0) bytes[i] = 0x61;
    else if (block === 1) bytes[i] = 0x30 + (i % 10);
  }
  return bytes;
}

/** The code of the `OstError` that `action` throws. */
function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Error && error.name === 'OstError') return (error as Error & { code: string }).code;
    throw error;
  }
  return 'none';
}

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** Kinds of broken data that an implementation is known not to notice, each with the reason. */
export type DeflateSkips = Readonly<Record<string, string>>;

/** Tests that `provider` packs and unpacks raw DEFLATE (RFC 1951) and keeps to the bounds that it is given. */
export function describeDeflateProvider(name: string, provider: DeflateProviderLike, skips: DeflateSkips = {}): void {
  describe(`DeflateProvider: ${name}`, () => {
    it.each([...SIZES, MIB])('packs %i bytes so that zlib can unpack them', (size) => {
      for (const bytes of [mixed(size), pseudoRandomBytes(size, size)]) {
        expect(Buffer.compare(inflateRawSync(provider.deflateRaw(bytes, 6)), bytes)).toBe(0);
      }
    });

    it.each([...SIZES, MIB])('unpacks %i bytes that zlib has packed', (size) => {
      for (const bytes of [mixed(size), pseudoRandomBytes(size, size)]) {
        const unpacked = provider.inflateRaw(deflateRawSync(bytes), { maxSize: size });
        expect(Buffer.compare(unpacked, bytes)).toBe(0);
      }
    });

    it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('has level %i', (level) => {
      const bytes = mixed(20_000);
      const packed = provider.deflateRaw(bytes, level);
      expect(packed.length).toBeLessThan(bytes.length);
      expect(Buffer.compare(inflateRawSync(packed), bytes)).toBe(0);
      expect(Buffer.compare(provider.inflateRaw(packed, { maxSize: bytes.length }), bytes)).toBe(0);
    });

    it('packs nothing into the two bytes that the format shows for an empty file', () => {
      expect(plain(provider.deflateRaw(new Uint8Array(), 6))).toEqual(Uint8Array.of(3, 0));
      expect(plain(provider.inflateRaw(Uint8Array.of(3, 0), { maxSize: 0 }))).toEqual(new Uint8Array());
    });

    it('unpacks stored, fixed and dynamic blocks', () => {
      const text = Buffer.from('hello\n');
      expect(Buffer.from(provider.inflateRaw(Buffer.from('010600f9ff68656c6c6f0a', 'hex'), { maxSize: 6 }))).toEqual(
        text,
      );
      expect(Buffer.from(provider.inflateRaw(Buffer.from('cb48cdc9c9e70200', 'hex'), { maxSize: 6 }))).toEqual(text);
      const dynamic = deflateRawSync(mixed(5000), { level: 9 });
      expect(Buffer.compare(provider.inflateRaw(dynamic, { maxSize: 5000 }), mixed(5000))).toBe(0);
    });

    it('reads only its part of a larger buffer', () => {
      const packed = deflateRawSync(mixed(3000));
      const whole = new Uint8Array(packed.length + 20).fill(0xee);
      whole.set(packed, 7);
      const part = whole.subarray(7, 7 + packed.length);
      expect(Buffer.compare(provider.inflateRaw(part, { maxSize: 3000 }), mixed(3000))).toBe(0);
    });

    it.each([0, 1, 2999, 3000, 3001, 10 ** 6])('takes an expected size of %i as a hint only', (expectedSize) => {
      const packed = deflateRawSync(mixed(3000));
      expect(Buffer.compare(provider.inflateRaw(packed, { maxSize: 5000, expectedSize }), mixed(3000))).toBe(0);
    });

    it.each([1, 2, 100, 65_536, MIB])('lets %i bytes through a limit of as many, and not of one less', (size) => {
      const packed = deflateRawSync(mixed(size));
      expect(provider.inflateRaw(packed, { maxSize: size })).toHaveLength(size);
      expect(codeOf(() => provider.inflateRaw(packed, { maxSize: size - 1 }))).toBe('limit');
    });

    it('refuses a bomb before it has unfolded', () => {
      const bomb = deflateRawSync(Buffer.alloc(256 * MIB), { level: 1 });
      const before = process.memoryUsage();
      expect(codeOf(() => provider.inflateRaw(bomb, { maxSize: 10_000 }))).toBe('limit');
      expect(codeOf(() => provider.inflateRaw(bomb, { maxSize: MIB, expectedSize: 2 ** 40 }))).toBe('limit');
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      expect(arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(128 * MIB);
    });

    it('calls a stream that ends early corrupt', () => {
      const packed = deflateRawSync(mixed(3000));
      for (const length of [0, 1, 2, 10, packed.length >> 1, packed.length - 1]) {
        expect(
          codeOf(() => provider.inflateRaw(packed.subarray(0, length), { maxSize: 5000 })),
          `${length}`,
        ).toBe('corrupt');
      }
    });

    it.for([
      ['an unknown kind of block', '07'],
      ['a stored block whose length has a wrong complement', '010600f9fe68656c6c6f0a'],
      ['a distance before the start', '030200'],
      ['too many length codes', 'fdffffffffffffffffffffffff'],
    ] as const)('calls %s corrupt', ([kind, hex], { skip }) => {
      skip(kind in skips, skips[kind]);
      expect(codeOf(() => provider.inflateRaw(Buffer.from(hex, 'hex'), { maxSize: 5000 }))).toBe('corrupt');
    });

    it('never throws anything but its own errors', () => {
      for (let seed = 1; seed <= 300; seed++) {
        const bytes = pseudoRandomBytes(1 + (seed % 90), seed);
        expect(['none', 'corrupt', 'limit']).toContain(codeOf(() => provider.inflateRaw(bytes, { maxSize: 1000 })));
      }
    });

    it('leaves its input alone', () => {
      const bytes = mixed(4000);
      const packed = provider.deflateRaw(bytes, 6);
      const copy = packed.slice();
      provider.inflateRaw(packed, { maxSize: 4000 });
      expect(Buffer.compare(bytes, mixed(4000))).toBe(0);
      expect(Buffer.compare(packed, copy)).toBe(0);
    });
  });
}
