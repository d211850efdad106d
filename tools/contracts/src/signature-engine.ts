import { describe, expect, it } from 'vitest';
import { pseudoRandomBytes } from './bytes.js';

interface PublicKeyLike {
  readonly id: string;
  verify(data: Uint8Array, signature: Uint8Array): boolean;
}

/** What this suite needs of a `SignatureEngine` of `@ost/sign`; declared here, as that package's tests use this one. */
export interface SignatureEngineLike {
  readonly name: string;
  readonly metadataKey: string;
  publicKey(text: string): PublicKeyLike;
  secretKey(text: string): { readonly publicKey: PublicKeyLike; sign(data: Uint8Array): Uint8Array };
  malformed(signature: Uint8Array): string | null;
}

/** Texts of two pairs of keys, and what an engine's signatures cannot promise. */
export interface SignatureEngineFacts {
  readonly pairs: readonly [KeyTexts, KeyTexts];
  /** Texts that are no keys. */
  readonly noKeys: readonly string[];
  /** The signature does not depend on the data. @default false */
  readonly provesNothing?: boolean;
}

/** A pair of keys as texts. */
export interface KeyTexts {
  readonly publicKey: string;
  readonly secretKey: string;
}

/** Tests that an engine signs and verifies, and never throws for a signature whatever it is. */
export function describeSignatureEngine(engine: SignatureEngineLike, facts: SignatureEngineFacts): void {
  const [first, second] = facts.pairs;
  const data = pseudoRandomBytes(1000, 1);

  describe(`SignatureEngine: ${engine.name}`, () => {
    it('stores its signatures under its own name', () => {
      expect(engine.metadataKey).toBe(`ostree.sign.${engine.name}`);
    });

    it.each([0, 1, 63, 64, 100_000])('signs %i bytes', (size) => {
      const bytes = pseudoRandomBytes(size, size + 1);
      const signature = engine.secretKey(first.secretKey).sign(bytes);
      expect(signature).toBeInstanceOf(Uint8Array);
      expect(engine.malformed(signature)).toBeNull();
      expect(engine.publicKey(first.publicKey).verify(bytes, signature)).toBe(true);
      expect(engine.secretKey(first.secretKey).publicKey.verify(bytes, signature)).toBe(true);
    });

    it('knows the public half of a secret key', () => {
      const { id } = engine.publicKey(first.publicKey);
      expect(engine.secretKey(first.secretKey).publicKey.id).toBe(id);
      expect(id).toMatch(/^(?:[0-9a-f]{2})+$/);
      expect(engine.publicKey(second.publicKey).id).not.toBe(id);
    });

    it('tells keys apart', () => {
      const signature = engine.secretKey(first.secretKey).sign(data);
      expect(engine.publicKey(second.publicKey).verify(data, signature)).toBe(false);
    });

    it.skipIf(facts.provesNothing === true)('tells data apart', () => {
      const signature = engine.secretKey(first.secretKey).sign(data);
      const key = engine.publicKey(first.publicKey);
      for (const at of [0, 500, 999]) {
        const other = data.slice();
        other[at] = (other[at] as number) ^ 1;
        expect(key.verify(other, signature)).toBe(false);
      }
      expect(key.verify(data.subarray(1), signature)).toBe(false);
      expect(key.verify(new Uint8Array(0), signature)).toBe(false);
    });

    it('answers no to what is no signature', () => {
      const key = engine.publicKey(first.publicKey);
      const good = engine.secretKey(first.secretKey).sign(data);
      const others = [
        new Uint8Array(0),
        good.subarray(1),
        good.subarray(0, -1),
        Uint8Array.from([...good, 0]),
        Uint8Array.from([...good, ...good]),
        new Uint8Array(good.length),
        new Uint8Array(good.length).fill(255),
        pseudoRandomBytes(good.length, 3),
        pseudoRandomBytes(10_000, 4),
      ];
      for (const other of others) expect(key.verify(data, other)).toBe(false);
      for (const at of good.keys()) {
        const changed = good.slice();
        changed[at] = (changed[at] as number) ^ 0x80;
        expect(key.verify(data, changed), `byte ${at}`).toBe(false);
      }
    });

    it('reads only its part of a larger buffer, and leaves it alone', () => {
      const part = data.subarray(33, 777);
      const copy = data.slice();
      const signature = engine.secretKey(first.secretKey).sign(part);
      expect(engine.publicKey(first.publicKey).verify(part.slice(), signature)).toBe(true);
      expect(data).toEqual(copy);
    });

    it.each(facts.noKeys.map((text) => ({ text })))('refuses "$text" for a key, and does not repeat it', ({ text }) => {
      for (const read of [() => engine.publicKey(text), () => engine.secretKey(text)]) {
        let message = '';
        try {
          read();
        } catch (error) {
          message = (error as Error).message;
        }
        expect(message).toContain(`Invalid ${engine.name}`);
        if (text.length > 20) expect(message).not.toContain(text);
      }
    });
  });
}
