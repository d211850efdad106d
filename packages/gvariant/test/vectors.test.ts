import { byteswap, codec, parseVariant, printVariant, VariantTextError } from '@ost/gvariant';
import { describe, expect, test } from 'vitest';
import { hex, unhex, vectors } from './helpers.js';

describe(`what GLib ${vectors.version} wrote`, () => {
  test.each(vectors.values)('%s %#', (type, little, big, annotated, plain) => {
    const { encode, decode } = {
      encode: codec(type).encode.bind(codec(type)),
      decode: codec(type).decode.bind(codec(type)),
    };
    const value = decode(unhex(little));
    expect(hex(encode(value))).toBe(little);
    expect(hex(encode(value, { endian: 'big' }))).toBe(big);
    expect(decode(unhex(big), { endian: 'big' })).toEqual(value);
    expect(printVariant(type, value)).toBe(annotated);
    expect(printVariant(type, value, { annotate: false })).toBe(plain);
    expect(hex(encode(byteswap(type, value), { endian: 'big' })).length).toBe(big.length);
  });

  test.each(vectors.values)('%s is read back from its text %#', (type, little, _big, annotated) => {
    const read = parseVariant(annotated);
    expect(read.type).toBe(type);
    expect(hex(codec(read.type).encode(read.value))).toBe(little);
  });
});

describe(`what GLib ${vectors.version} makes of text`, () => {
  test.each(vectors.texts)('%s %j', (type, text, result) => {
    let outcome: unknown;
    try {
      const read = parseVariant(text, type ?? undefined);
      outcome = { type: read.type, bytes: hex(codec(read.type).encode(read.value)) };
    } catch (error) {
      expect(error).toBeInstanceOf(VariantTextError);
      outcome = { error: (error as Error).message };
    }
    expect(outcome).toEqual(result);
  });
});

test(`what GLib ${vectors.version} calls normal`, () => {
  for (const [type, bytes, isNormal] of vectors.normal) {
    expect([type, bytes, codec(type).isNormal(unhex(bytes))]).toEqual([type, bytes, isNormal]);
  }
});
