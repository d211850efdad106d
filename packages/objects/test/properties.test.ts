/**
 * For every parser: what is written reads back; whatever is read is written to the same bytes, so that an object has
 * one form only; and bytes of any kind lead to a value or to an OstError, nothing else.
 */
import { codec, type Variant, variant } from '@ost/gvariant';
import {
  canonicalXattrs,
  type Checksum,
  compareBytes,
  compareNames,
  type Commit,
  decodeMbase64,
  deltaPath,
  type DirMeta,
  type DirTree,
  encodeArchiveHeader,
  encodeCommit,
  encodeDirMeta,
  encodeDirTree,
  encodeFileHeader,
  encodeMbase64,
  encodeMetadata,
  encodeSizes,
  encodeSummary,
  encodeTombstone,
  encodeXattrs,
  type FileHeader,
  formatObjectName,
  formatRefspec,
  hashOrder,
  isOstError,
  isRefName,
  type Metadata,
  OBJECT_TYPE_NUMBERS,
  type ObjectType,
  parseArchiveHeader,
  parseCommit,
  parseDeltaName,
  parseDeltaPath,
  parseDirMeta,
  parseDirTree,
  parseFileHeader,
  parseMetadata,
  parseObjectName,
  parseRefspec,
  parseSizes,
  parseSummary,
  parseTombstone,
  parseXattrs,
  type SizesEntry,
  type Summary,
  type Xattrs,
} from '@ost/objects';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// More runs on demand: OST_FUZZ_RUNS=20000 npx vitest run test/properties.test.ts
const numRuns = Number(process.env['OST_FUZZ_RUNS'] ?? 200);
fc.configureGlobal({ numRuns });

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const checksum: fc.Arbitrary<Checksum> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((b) => Buffer.from(b).toString('hex') as Checksum);
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.toWellFormed().replaceAll('\0', ''));
const name = fc.oneof(text, fc.string({ maxLength: 300 })).map((s) => `n${s.replaceAll(/[/\0]/g, '')}`);
const xattrs: fc.Arbitrary<Xattrs> = fc.array(
  fc.record({
    name: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((b) => b.map((x) => x || 1)),
    value: fc.oneof(bytes(10), bytes(300)),
  }),
  { maxLength: 4 },
);
const header: fc.Arbitrary<FileHeader> = fc.oneof(
  fc.record({
    uid: uint32,
    gid: uint32,
    xattrs,
    symlinkTarget: fc.constant(''),
    mode: fc.integer({ min: 0, max: 0o7777 }).map((m) => 0o100000 | m),
  }),
  fc.record({
    uid: uint32,
    gid: uint32,
    xattrs,
    mode: fc.constant(0o120777),
    symlinkTarget: fc.oneof(text, fc.string({ minLength: 200, maxLength: 300 })),
  }),
);
const dirMeta: fc.Arbitrary<DirMeta> = fc.record({
  uid: uint32,
  gid: uint32,
  mode: fc.integer({ min: 0, max: 0o7777 }).map((m) => 0o40000 | m),
  xattrs: xattrs.map((list) =>
    canonicalXattrs(list).filter((x, i, all) => i === 0 || compareBytes((all[i - 1] as typeof x).name, x.name) !== 0),
  ),
});
const dirTree: fc.Arbitrary<DirTree> = fc
  .uniqueArray(fc.tuple(name, checksum, checksum, fc.boolean()), { selector: ([n]) => n, maxLength: 12 })
  .map((entries) => {
    const sorted = entries.toSorted(([a], [b]) => compareNames(a, b));
    return {
      files: sorted.filter((e) => e[3]).map(([name, checksum]) => ({ name, checksum })),
      dirs: sorted.filter((e) => !e[3]).map(([name, contents, meta]) => ({ name, contents, meta })),
    };
  });
const value: fc.Arbitrary<Variant> = fc.oneof(
  text.map((s) => variant('s', s)),
  fc.boolean().map((b) => variant('b', b)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => variant('t', n)),
  bytes(300).map((b) => variant('ay', b)),
  fc.array(text, { maxLength: 3 }).map((list) => variant('as', list)),
  uint32.map((n) => variant('v', variant('mu', { just: n }))),
);
const metadata: fc.Arbitrary<Metadata> = fc.array(
  fc.tuple(
    text.map((s) => `k${s}`),
    value,
  ),
  { maxLength: 5 },
);
const commit: fc.Arbitrary<Commit> = fc.record({
  metadata,
  parent: fc.option(checksum),
  related: fc.array(fc.record({ name: text, checksum }), { maxLength: 2 }),
  subject: text,
  body: text,
  contents: checksum,
  meta: checksum,
  timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});
const refName = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9_ü][-._a-zA-Z0-9ü]{0,8}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));
const summary: fc.Arbitrary<Summary> = fc.record({
  refs: fc.array(fc.record({ name: refName, size: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), checksum, metadata }), {
    maxLength: 4,
  }),
  metadata,
});
const sizes: fc.Arbitrary<SizesEntry[]> = fc.array(
  fc.record({
    checksum,
    type: fc.constantFrom(...(Object.keys(OBJECT_TYPE_NUMBERS) as ObjectType[])),
    archived: fc.maxSafeNat(),
    unpacked: fc.maxSafeNat(),
  }),
  { maxLength: 5 },
);

/** One form of object: how to make values, write them and read them. */
interface Form<T> {
  readonly name: string;
  readonly value: fc.Arbitrary<T>;
  readonly encode: (value: T) => Uint8Array;
  readonly parse: (bytes: Uint8Array) => T;
}

const form = <T>(...[name, value, encode, parse]: [string, ...unknown[]]): Form<T> =>
  ({ name, value, encode, parse }) as Form<T>;

const FORMS: readonly Form<unknown>[] = [
  form(
    'archive header',
    fc.tuple(header, fc.maxSafeNat()).map(([h, size]) => ({ header: h, size: h.mode === 0o120777 ? 0 : size })),
    (v: { header: FileHeader; size: number }) => encodeArchiveHeader(v.header, v.size),
    (b: Uint8Array) => {
      const { header, size, headerLength } = parseArchiveHeader(b);
      // Neither the padding nor what follows belongs to the value; symlinks have no size of their own.
      if (headerLength !== b.length || b.subarray(4, 8).some((x) => x !== 0)) throw skipped;
      if ((header.mode & 0o170000) === 0o120000 && size !== 0) throw skipped;
      return { header, size };
    },
  ),
  form(
    'file header',
    header,
    (v: FileHeader) => encodeFileHeader(v).subarray(8),
    (b: Uint8Array) => parseFileHeader(b),
  ),
  form('dirmeta', dirMeta, encodeDirMeta, (b: Uint8Array) => parseDirMeta(b)),
  form(
    'user.ostreemeta',
    header.map(({ uid, gid, mode, xattrs }) => ({ uid, gid, mode, xattrs })),
    encodeDirMeta,
    (b: Uint8Array) => parseDirMeta(b, { anyType: true }),
  ),
  form('xattrs', xattrs, encodeXattrs, parseXattrs),
  form('dirtree', dirTree, encodeDirTree, parseDirTree),
  form('commit', commit, encodeCommit, parseCommit),
  form('metadata', metadata, encodeMetadata, parseMetadata),
  form('tombstone', checksum, encodeTombstone, parseTombstone),
  form('summary', summary, encodeSummary, parseSummary),
];

const skipped = new Error('no object of its own');

/** Reads and compares; bytes that are refused with an OstError are fine. */
function readsAsWritten<T>({ encode, parse }: Form<T>, input: Uint8Array, onlyForm: boolean): void {
  let value: T;
  try {
    value = parse(input);
  } catch (error) {
    if (isOstError(error) || error === skipped) return;
    throw error;
  }
  if (onlyForm) expect(Buffer.compare(encode(value), input)).toBe(0);
}

describe.each(FORMS)('$name', (shape) => {
  const { name, value, encode, parse } = shape;
  // A tombstone is a dictionary, and may have other entries.
  const onlyForm = name !== 'tombstone';

  it('reads what was written', () => {
    fc.assert(
      fc.property(value, (v) => {
        expect(parse(encode(v))).toEqual(v);
      }),
    );
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(bytes(400), (b) => readsAsWritten(shape, b, onlyForm)));
  });

  it('takes damaged bytes, and has one form for a value', () => {
    const damage = fc.record({
      at: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
      kind: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(value, fc.array(damage, { minLength: 1, maxLength: 3 }), (v, damages) => {
        let b = encode(v).slice();
        for (const { at, byte, kind } of damages) {
          const i = b.length === 0 ? 0 : at % b.length;
          if (kind === 0) b = b.slice(0, i);
          else if (kind === 1) b = Uint8Array.from([...b.slice(0, i), byte, ...b.slice(i)]);
          // Most of the structure is at the end.
          else if (kind === 2) b[Math.max(0, b.length - 1 - (at % 6))] = byte;
          else b[i] = byte;
        }
        readsAsWritten(shape, b, onlyForm);
      }),
    );
  });
});

describe('serializers written by hand', () => {
  const swap = (n: number): number => Buffer.from(Uint32Array.of(n).buffer).swap32().readUInt32LE(0);
  const pairs = (list: Xattrs): [Uint8Array, Uint8Array][] =>
    list.map((x) => [Uint8Array.from([...x.name, 0]), x.value]);

  it('make a file header as the generic codec does', () => {
    const generic = codec('(uuuusa(ayay))');
    fc.assert(
      fc.property(header, (h) => {
        const framed = Buffer.from(encodeFileHeader(h));
        const body = generic.encode([swap(h.uid), swap(h.gid), swap(h.mode), 0, h.symlinkTarget, pairs(h.xattrs)]);
        expect(framed.readUInt32BE(0)).toBe(body.length);
        expect(framed.readUInt32BE(4)).toBe(0);
        expect(Buffer.compare(framed.subarray(8), body)).toBe(0);
      }),
    );
  });

  it('make an archive header as the generic codec does', () => {
    const generic = codec('(tuuuusa(ayay))');
    fc.assert(
      fc.property(header, fc.maxSafeNat(), (h, size) => {
        const wanted = Buffer.alloc(8);
        wanted.writeBigUInt64BE(h.mode === 0o120777 ? 0n : BigInt(size));
        const numbers = [swap(h.uid), swap(h.gid), swap(h.mode), 0] as const;
        const body = generic.encode([wanted.readBigUInt64LE(0), ...numbers, h.symlinkTarget, pairs(h.xattrs)]);
        expect(Buffer.compare(encodeArchiveHeader(h, size).subarray(8), body)).toBe(0);
      }),
    );
  });

  it('make a dirmeta as the generic codec does', () => {
    const generic = codec('(uuua(ayay))');
    fc.assert(
      fc.property(dirMeta, (m) => {
        const body = generic.encode([swap(m.uid), swap(m.gid), swap(m.mode), pairs(m.xattrs)]);
        expect(Buffer.compare(encodeDirMeta(m), body)).toBe(0);
      }),
    );
  });

  it('read only what the generic codec reads', () => {
    const check = <T>(
      value: fc.Arbitrary<T>,
      encode: (v: T) => Uint8Array,
      parse: (b: Uint8Array) => unknown,
      type: string,
    ) =>
      fc.assert(
        fc.property(value, fc.nat(), fc.integer({ min: 0, max: 255 }), (v, at, byte) => {
          const b = encode(v).slice();
          b[at % b.length] = byte;
          try {
            parse(b);
          } catch (error) {
            if (isOstError(error)) return;
            throw error;
          }
          expect(codec<string>(type).isNormal(b)).toBe(true);
        }),
      );
    check(header, (h) => encodeFileHeader(h).subarray(8), parseFileHeader, '(uuuusa(ayay))');
    check(dirMeta, encodeDirMeta, parseDirMeta, '(uuua(ayay))');
  });
});

describe('names', () => {
  it('parse as they format', () => {
    fc.assert(
      fc.property(
        fc.option(checksum),
        checksum,
        fc.constantFrom(...Object.keys(OBJECT_TYPE_NUMBERS)),
        (from, to, type) => {
          expect(decodeMbase64(encodeMbase64(to))).toBe(to);
          expect(encodeMbase64(to)).toBe(Buffer.from(to, 'hex').toString('base64').replaceAll('/', '_').slice(0, 43));
          expect(parseDeltaPath(deltaPath(from, to))).toEqual({ from, to });
          expect(parseObjectName(formatObjectName(to, type as ObjectType))).toEqual({ checksum: to, type });
        },
      ),
    );
  });

  it('take any text', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 90 }),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
    );
    fc.assert(
      fc.property(anything, (s) => {
        for (const parse of [parseObjectName, parseRefspec, parseDeltaName, decodeMbase64]) {
          try {
            parse(s);
          } catch (error) {
            if (!isOstError(error)) throw error;
          }
        }
        expect(parseDeltaPath(s)).toBeNull();
        if (isRefName(s)) expect(formatRefspec(parseRefspec(s))).toBe(s);
      }),
    );
  });

  it('sort as bytes do', () => {
    const any = fc.string({ unit: 'binary', maxLength: 6 }).map((s) => s.toWellFormed());
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});

describe('sizes and dictionaries', () => {
  it('sizes read back', () => {
    fc.assert(
      fc.property(sizes, (s) => {
        expect(parseSizes([['ostree.sizes', encodeSizes(s)]])).toEqual(s);
      }),
    );
  });

  it('sizes take any bytes', () => {
    fc.assert(
      fc.property(fc.array(bytes(60), { maxLength: 4 }), (list) => {
        try {
          parseSizes([['ostree.sizes', variant('aay', list)]]);
        } catch (error) {
          if (!isOstError(error)) throw error;
        }
      }),
    );
  });

  it('hash order is a permutation that depends only on what was inserted', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.nat()), { maxLength: 60 }), (entries) => {
        const ordered = hashOrder(entries);
        expect(new Map(ordered)).toEqual(new Map(entries));
        expect(ordered).toHaveLength(new Map(entries).size);
        expect(hashOrder(entries)).toEqual(ordered);
      }),
    );
  });
});
