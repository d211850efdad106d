import { readFileSync } from 'node:fs';
import fc from 'fast-check';

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

interface Vectors {
  version: string;
  values: [type: string, little: string, big: string, annotated: string, plain: string][];
  texts: [type: string | null, text: string, result: { type: string; bytes: string } | { error: string }][];
  normal: [type: string, bytes: string, isNormal: boolean][];
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL('./vectors/glib.json', import.meta.url), 'utf8'),
) as Vectors;

/** A random definite type. */
export const anyType: fc.Arbitrary<string> = fc.letrec<{ basic: string; type: string }>((tie) => ({
  basic: fc.constantFrom(...'ybnqiuxthdsog'),
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('basic'),
    fc.constantFrom('v', 'ay', 'as', 'a{sv}'),
    tie('type').map((type) => `a${type}`),
    tie('type').map((type) => `m${type}`),
    fc.tuple(tie('basic'), tie('type')).map(([key, value]) => `a{${key}${value}}`),
    fc.array(tie('type'), { maxLength: 4 }).map((types) => `(${types.join('')})`),
  ),
})).type;

const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && !/\p{Surrogate}/u.test(value));

/** A random value of `type`; NaN is left out, because its payload does not survive every engine. */
export function valueOf(type: string, depth = 0): fc.Arbitrary<unknown> {
  return take(type, 0, depth).arbitrary;
}

function take(type: string, at: number, depth: number): { arbitrary: fc.Arbitrary<unknown>; end: number } {
  const end = at + 1;
  const leaf = (arbitrary: fc.Arbitrary<unknown>) => ({ arbitrary, end });
  switch (type.charAt(at)) {
    case 'y':
      return leaf(fc.nat(0xff));
    case 'b':
      return leaf(fc.boolean());
    case 'n':
      return leaf(fc.integer({ min: -0x8000, max: 0x7fff }));
    case 'q':
      return leaf(fc.nat(0xffff));
    case 'i':
    case 'h':
      return leaf(fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }));
    case 'u':
      return leaf(fc.integer({ min: 0, max: 0xffff_ffff }));
    case 'x':
      return leaf(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    case 't':
      return leaf(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    case 'd':
      return leaf(fc.double({ noNaN: true }));
    case 's':
      return leaf(text);
    case 'o':
      return leaf(fc.constantFrom('/', '/a', '/org/x_1/Y'));
    case 'g':
      return leaf(fc.constantFrom('', 's', 'a{sv}ii'));
    case 'v': {
      const types = depth < 2 ? anyType : fc.constantFrom('s', 'u', 'ay');
      return leaf(types.chain((inner) => valueOf(inner, depth + 1).map((value) => ({ type: inner, value }))));
    }
    case 'a': {
      if (type.charAt(at + 1) === 'y') return { arbitrary: fc.uint8Array({ maxLength: 300 }), end: at + 2 };
      const element = take(type, at + 1, depth);
      return { arbitrary: fc.array(element.arbitrary, { maxLength: 5 }), end: element.end };
    }
    case 'm': {
      const element = take(type, at + 1, depth);
      const just = element.arbitrary.map((value) => ({ just: value }));
      return { arbitrary: fc.oneof(fc.constant(null), just), end: element.end };
    }
    default: {
      const members: fc.Arbitrary<unknown>[] = [];
      let next = at + 1;
      while (!')}'.includes(type.charAt(next))) {
        const member = take(type, next, depth);
        members.push(member.arbitrary);
        next = member.end;
      }
      return { arbitrary: fc.tuple(...members), end: next + 1 };
    }
  }
}
