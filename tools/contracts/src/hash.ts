import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MIB, pieces, pseudoRandomBytes, SIZES } from './bytes.js';

/** What this suite needs of a `Hasher` of `@ost/objects`; declared here, as that package's tests use this one. */
export interface HasherLike {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** What this suite needs of a `HashProvider` of `@ost/objects`. */
export interface HashProviderLike {
  sha256(...parts: readonly Uint8Array[]): string;
  create(): HasherLike;
}

// FIPS 180-4 examples.
const KNOWN: readonly (readonly [input: string, checksum: string])[] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
];

/** Tests that `provider` computes SHA-256, at once and piece by piece. */
export function describeHashProvider(name: string, provider: HashProviderLike): void {
  const reference = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const streamed = (parts: readonly Uint8Array[]): string => {
    const hasher = provider.create();
    for (const part of parts) hasher.update(part);
    return hasher.digest();
  };

  describe(`HashProvider: ${name}`, () => {
    it.each(KNOWN.map(([input, checksum]) => ({ input, checksum, length: input.length })))(
      'knows the checksum of $length bytes',
      ({ input, checksum }) => {
        const bytes = new TextEncoder().encode(input);
        expect(provider.sha256(bytes)).toBe(checksum);
        expect(streamed([bytes])).toBe(checksum);
      },
    );

    it.each([...SIZES, MIB])('hashes %i bytes', (size) => {
      const bytes = pseudoRandomBytes(size, size + 1);
      const expected = reference(bytes);
      expect(provider.sha256(bytes)).toBe(expected);
      expect(provider.sha256(...pieces(bytes, size))).toBe(expected);
      expect(streamed(pieces(bytes, size + 2))).toBe(expected);
    });

    it('takes no part for the empty input', () => {
      expect(provider.sha256()).toBe(KNOWN[0]?.[1]);
      expect(streamed([])).toBe(KNOWN[0]?.[1]);
    });

    it('reads only its part of a larger buffer', () => {
      const whole = pseudoRandomBytes(300, 7);
      const part = whole.subarray(33, 177);
      const expected = reference(part.slice());
      expect(provider.sha256(part)).toBe(expected);
      expect(provider.sha256(part.subarray(0, 50), part.subarray(50))).toBe(expected);
      expect(streamed([part])).toBe(expected);
    });

    it('does not look at bytes again after update', () => {
      const bytes = pseudoRandomBytes(100, 3);
      const expected = reference(bytes);
      const hasher = provider.create();
      hasher.update(bytes);
      bytes.fill(0);
      expect(hasher.digest()).toBe(expected);
    });

    it('keeps several computations apart', () => {
      const [a, b] = [provider.create(), provider.create()];
      const [x, y] = [pseudoRandomBytes(70, 1), pseudoRandomBytes(70, 2)];
      a.update(x);
      b.update(y);
      a.update(y);
      expect(a.digest()).toBe(reference(Uint8Array.from([...x, ...y])));
      expect(b.digest()).toBe(reference(y));
    });

    it('leaves its input alone', () => {
      const bytes = pseudoRandomBytes(500, 9);
      const copy = bytes.slice();
      provider.sha256(bytes);
      streamed([bytes]);
      expect(bytes).toEqual(copy);
    });

    it('refuses to go on after digest', () => {
      const hasher = provider.create();
      hasher.digest();
      expect(() => hasher.update(new Uint8Array(1))).toThrow();
      expect(() => hasher.digest()).toThrow();
    });
  });
}
