import { codec, openVariant, parseVariant, printVariant, VariantError, VariantTextError } from '@ost/gvariant';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyType, hex, valueOf } from './helpers.js';

const typed = anyType.chain((type) => valueOf(type).map((value) => ({ type, value })));
const endian = fc.constantFrom('little', 'big');
const OPTIONS = { numRuns: 400 };

test('what is encoded is normal and decodes to itself', () => {
  fc.assert(
    fc.property(typed, endian, ({ type, value }, order) => {
      const options = { endian: order } as const;
      const bytes = codec(type).encode(value, options);
      expect(codec(type).decode(bytes, options)).toEqual(value);
      expect(openVariant(type, bytes, options).value()).toEqual(value);
    }),
    OPTIONS,
  );
});

test('what is printed is parsed to the same bytes', () => {
  fc.assert(
    fc.property(typed, ({ type, value }) => {
      const text = printVariant(type, value);
      const read = parseVariant(text);
      expect(read.type).toBe(type);
      expect(hex(codec(type).encode(read.value))).toBe(hex(codec(type).encode(value)));
      expect(printVariant(type, parseVariant(printVariant(type, value, { annotate: false }), type).value)).toBe(text);
    }),
    OPTIONS,
  );
});

const damage = fc.array(
  fc.record({ at: fc.nat(), byte: fc.nat(255), how: fc.constantFrom('set', 'flip', 'insert', 'delete') }),
  { minLength: 1, maxLength: 3 },
);

test('damaged bytes either fail or are the one encoding of what they decode to', () => {
  fc.assert(
    fc.property(typed, damage, ({ type, value }, steps) => {
      const bytes = [...codec(type).encode(value)];
      for (const { at, byte, how } of steps) {
        const index = bytes.length === 0 ? 0 : at % bytes.length;
        if (how === 'insert') bytes.splice(index, 0, byte);
        else if (how === 'delete') bytes.splice(index, 1);
        else if (bytes.length > 0) bytes[index] = how === 'set' ? byte : (bytes[index] as number) ^ (1 << (byte & 7));
      }
      checkBytes(type, Uint8Array.from(bytes));
    }),
    OPTIONS,
  );
});

test('any bytes either fail or are the one encoding of what they decode to', () => {
  fc.assert(fc.property(anyType, fc.uint8Array({ maxLength: 40 }), checkBytes), OPTIONS);
});

function checkBytes(type: string, bytes: Uint8Array): void {
  walk(openVariantOrNull(type, bytes), 0);
  let value: unknown;
  try {
    value = codec(type).decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(VariantError);
    return;
  }
  if (printVariant(type, value).includes('nan')) return;
  expect(hex(codec(type).encode(value))).toBe(hex(bytes));
}

function openVariantOrNull(type: string, bytes: Uint8Array) {
  try {
    return openVariant(type, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(VariantError);
    return null;
  }
}

/** Visits what can be visited. */
function walk(view: ReturnType<typeof openVariantOrNull>, depth: number): void {
  if (view === null || depth > 4) return;
  try {
    for (let i = 0; i < Math.min(view.length, 10); i++) walk(view.child(i), depth + 1);
  } catch (error) {
    expect(error).toBeInstanceOf(VariantError);
  }
}

test('any text either fails with a place or is a value', () => {
  const words = fc.constantFrom(
    ...'[](){}<>,:@\'"\\ ',
    '@as',
    'just',
    'nothing',
    'byte',
    '1',
    '-5',
    "'a'",
    "b'x'",
    'ä',
    '\0',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(words).map((parts) => parts.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        try {
          const { type, value } = parseVariant(text);
          expect(parseVariant(printVariant(type, value)).type).toBe(type);
        } catch (error) {
          expect(error).toBeInstanceOf(VariantTextError);
        }
      },
    ),
    { ...OPTIONS, numRuns: 3000 },
  );
});
