import { parseDeltaIndex, parseEnvelope, parseSuperblock } from '@ost/deltas';
import type { Variant } from '@ost/gvariant';
import { codec, variant } from '@ost/gvariant';
import { checksumToBytes, deltaPath, encodeDetachedMetadata, isOstError } from '@ost/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSuperblock, fileChecksum, ops, plainPart, testTarget } from './support/builder.js';

const hello = new TextEncoder().encode('hello');
const part = {
  bytes: plainPart({ blob: hello, operations: ops('S', 0, 0, 5, 0) }),
  objects: [[1, fileChecksum(hello)]] as const,
  usize: 5,
};
/** Changes and cuts bytes in many ways; a parser must answer each with a value or with one of our errors. */
function expectOursWhenMutated(sound: Uint8Array, parse: (bytes: Uint8Array) => unknown): void {
  const changes = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const property = fc.property(changes, fc.nat(3), (list, cut) => {
    const bytes = sound.slice(0, sound.length - cut);
    for (const [at, value] of list) bytes[at] = value;
    try {
      parse(bytes);
    } catch (error) {
      if (!isOstError(error)) throw error;
      expect(['corrupt', 'limit']).toContain(error.code);
    }
  });
  fc.assert(property, { numRuns: 3000 });
}

const csum = (byte: number) => new Uint8Array(32).fill(byte);

describe('parseSuperblock', () => {
  it('reads every field', () => {
    const path = `deltas/${deltaPath(null, testTarget)}`;
    const bytes = buildSuperblock({
      parts: [part],
      fallbacks: [[1, csum(7), 100n, 200n]],
      metadata: [
        ['mine', variant('s', 'x')],
        [`${path}/0`, variant('(yay)', [0, part.bytes.subarray(1)])],
        [`${path}/commitmeta`, variant('a{sv}', [['note', variant('s', 'y')]])],
      ],
    });
    const delta = parseSuperblock(bytes);
    expect(delta).toMatchObject({
      name: testTarget,
      from: null,
      to: testTarget,
      timestamp: 1234n,
      parents: 0,
      envelope: null,
    });
    expect(delta.commit.subject).toBe('test');
    expect(delta.byteOrder).toEqual({ order: 'little', heuristic: false });
    expect(delta.metadata).toEqual([['mine', variant('s', 'x')]]);
    expect(delta.detachedMetadata).toEqual(encodeDetachedMetadata([['note', variant('s', 'y')]]));
    expect(delta.inlineParts.get(0)).toEqual({ compression: 0, body: part.bytes.subarray(1) });
    expect(delta.fallbacks).toEqual([{ type: 'file', checksum: '07'.repeat(32), size: 100, usize: 200 }]);
    expect(delta.parts[0]).toMatchObject({ version: 0, size: part.bytes.length, usize: 5 });
    expect([...(delta.parts[0]?.objects ?? [])]).toEqual([{ type: 'file', checksum: fileChecksum(hello) }]);
  });

  it('swaps what a big-endian delta swaps', () => {
    const delta = parseSuperblock(buildSuperblock({ parts: [{ ...part, version: 3 }], endianness: 'B' }));
    expect(delta.byteOrder).toEqual({ order: 'big', heuristic: false });
    expect(delta.timestamp).toBe(1234n);
    expect(delta.parts[0]).toMatchObject({ version: 3, size: part.bytes.length, usize: 5 });
  });

  it('guesses the byte order when it is not named', () => {
    const named = { parts: [{ ...part, usize: 300 }], fallbacks: [[1, csum(7), 0n, 0n]] as never };
    const little = parseSuperblock(buildSuperblock({ ...named, endianness: null }));
    expect(little.byteOrder).toEqual({ order: 'little', heuristic: true });
    const small = parseSuperblock(buildSuperblock({ parts: [part], endianness: null }));
    expect(small.byteOrder).toEqual({ order: 'little', heuristic: true });
    // The same numbers, byte-swapped, without the key.
    const swapped = buildSuperblock({ ...named, endianness: 'B' });
    const renamed = Buffer.from(swapped).toString('latin1').replace('ostree.endianness', 'ostree.xndianness');
    const big = parseSuperblock(Uint8Array.from(renamed, (c) => c.charCodeAt(0)));
    expect(big.byteOrder).toEqual({ order: 'big', heuristic: true });
    expect(big.parts[0]?.usize).toBe(300);
    const unknown = Buffer.from(buildSuperblock(named)).toString('latin1').replace('l\0y', 'q\0y');
    const invalid = parseSuperblock(Uint8Array.from(unknown, (c) => c.charCodeAt(0)));
    expect(invalid.byteOrder).toEqual({ order: 'invalid', heuristic: false });
  });

  const malformed: readonly (readonly [string, () => Uint8Array, RegExp, string?])[] = [
    ['nothing', () => new Uint8Array(0), /Static delta superblock: Not normal form/],
    ['noise', () => new Uint8Array(999).fill(9), /Static delta superblock: Not normal form/],
    [
      'a target of no length',
      () => buildSuperblock({ parts: [part], to: new Uint8Array(0) }),
      /Invalid checksum of length 0 expected 32/,
    ],
    [
      'a source of another length',
      () => buildSuperblock({ parts: [part], from: csum(1).subarray(1) }),
      /Invalid checksum of length 31/,
    ],
    [
      'a target that is not the commit',
      () => buildSuperblock({ parts: [part], to: csum(1) }),
      /Corrupted commit object; checksum expected='0101/,
    ],
    [
      'an unknown object type',
      () => buildSuperblock({ parts: [{ ...part, objects: [[9, testTarget]] }] }),
      /Invalid object type 9/,
    ],
    [
      'a fallback of an unknown type',
      () => buildSuperblock({ parts: [], fallbacks: [[0, csum(1), 1n, 1n]] }),
      /Invalid object type 0/,
    ],
    [
      'a fallback with half a checksum',
      () => buildSuperblock({ parts: [], fallbacks: [[1, csum(1).subarray(16), 1n, 1n]] }),
      /of length 16/,
    ],
    ['an immense part', () => buildSuperblock({ parts: [{ ...part, usize: 2 ** 52 }] }), /exceeds the limit/, 'limit'],
    [
      'an immense sum',
      () =>
        buildSuperblock({
          parts: [
            { ...part, usize: 2 ** 45 },
            { ...part, usize: 2 ** 45 + 1 },
          ],
        }),
      /exceeds the limit/,
      'limit',
    ],
    [
      'an immense fallback',
      () => buildSuperblock({ parts: [], fallbacks: [[1, csum(1), 1n, 2n ** 63n]] }),
      /exceeds the limit/,
      'limit',
    ],
    [
      'a byte order that is no byte',
      () => buildSuperblock({ parts: [], endianness: null, metadata: [['ostree.endianness', variant('s', 'l')]] }),
      /Invalid type 's' of ostree.endianness/,
    ],
    [
      'an inline part of another type',
      () => buildSuperblock({ parts: [], metadata: [[`deltas/${deltaPath(null, testTarget)}/0`, variant('s', 'l')]] }),
      /Invalid type 's' of inline/,
    ],
    [
      'detached metadata of another type',
      () =>
        buildSuperblock({
          parts: [],
          metadata: [[`deltas/${deltaPath(null, testTarget)}/commitmeta`, variant('s', 'l')]],
        }),
      /Invalid type 's' of detached/,
    ],
  ];
  for (const [name, make, message, code = 'corrupt'] of malformed) {
    it(`refuses ${name}`, () => {
      expect(() => parseSuperblock(make())).toThrow(message);
      expect(() => parseSuperblock(make())).toThrow(expect.objectContaining({ code }));
    });
  }

  it('refuses an object list of odd length', () => {
    const bytes = buildSuperblock({ parts: [part] });
    const type = codec('(a{sv}tayay(a{sv}aya(say)sstayay)aya(uayttay)a(yaytt))');
    const value = type.decode(bytes);
    const header = value[6][0] as [number, Uint8Array, bigint, bigint, Uint8Array];
    header[4] = header[4].subarray(1);
    expect(() => parseSuperblock(type.encode(value))).toThrow('Invalid checksum array length 32');
    header[4] = new Uint8Array(0);
    value[5] = csum(1);
    expect(() => parseSuperblock(type.encode(value))).toThrow('Invalid delta dependency list length 32');
  });

  it('keeps to the limits it is given', () => {
    const bytes = buildSuperblock({ parts: [part, part] });
    const limit = (limits: object) => () => parseSuperblock(bytes, { limits });
    for (const limits of [{ superblockSize: 10 }, { parts: 1 }, { partSize: 5 }, { contentSize: 9 }]) {
      expect(limit(limits)).toThrow(expect.objectContaining({ code: 'limit' }));
    }
  });

  it('answers mutations with a delta or one of our errors', () => {
    const path = `deltas/${deltaPath(null, testTarget)}`;
    const metadata: [string, Variant][] = [[`${path}/0`, variant('(yay)', [0, part.bytes.subarray(1)])]];
    const sound = buildSuperblock({ parts: [part], metadata, fallbacks: [[1, csum(7), 100n, 200n]] });
    expectOursWhenMutated(sound, parseSuperblock);
  });
});

describe('parseEnvelope', () => {
  const envelope = codec('(taya{sv})');
  const magic = 0x4f53_5453_474e_4454n;
  const inner = buildSuperblock({ parts: [part] });
  const signatures = variant('aay', [hello]);

  it('unwraps a signed superblock', () => {
    const bytes = envelope.encode(
      [
        magic,
        inner,
        [
          ['ostree.sign.ed25519', signatures],
          ['other', variant('s', '')],
        ],
      ],
      { endian: 'big' },
    );
    expect(new TextDecoder().decode(bytes.subarray(0, 8))).toBe('OSTSGNDT');
    expect(parseEnvelope(bytes)).toEqual({ signedData: inner, signatures: new Map([['ed25519', [hello]]]) });
    expect(parseSuperblock(bytes)).toMatchObject({ to: testTarget, envelope: { signedData: inner } });
  });

  it('answers mutations of the envelope with a delta or one of our errors', () => {
    const bytes = envelope.encode([magic, inner, [['ostree.sign.ed25519', signatures]]], { endian: 'big' });
    expectOursWhenMutated(bytes, parseEnvelope);
    expectOursWhenMutated(bytes, parseSuperblock);
  });

  it('takes everything else for a plain one', () => {
    const unsigned = envelope.encode([magic, inner, [['other', signatures]]], { endian: 'big' });
    const odd = envelope.encode([magic, inner, [['ostree.sign.x', variant('s', 'no')]]], { endian: 'big' });
    expect(parseEnvelope(unsigned)).toBeNull();
    expect(parseEnvelope(odd)?.signatures.get('x')).toEqual([]);
    expect(parseEnvelope(inner)).toBeNull();
    expect(parseEnvelope(unsigned.subarray(0, 20))).toBeNull();
    expect(parseEnvelope(new Uint8Array(3))).toBeNull();
    expect(() => parseSuperblock(unsigned)).toThrow('Not normal form');
  });
});

describe('parseDeltaIndex', () => {
  const index = (entries: [string, Variant][]) =>
    codec('a{sv}').encode([['ostree.static-deltas', variant('a{sv}', entries)]]);
  const name = `${'ab'.repeat(32)}-${testTarget}`;

  it('reads names and digests', () => {
    const bytes = index([
      [name, variant('ay', csum(2))],
      [testTarget, variant('ay', csum(3))],
    ]);
    expect(parseDeltaIndex(bytes)).toEqual([
      { name, from: 'ab'.repeat(32), to: testTarget, digest: '02'.repeat(32) },
      { name: testTarget, from: null, to: testTarget, digest: '03'.repeat(32) },
    ]);
    expect(parseDeltaIndex(new Uint8Array(0))).toEqual([]);
  });

  it.each([
    ['a bad name', index([['x-y', variant('ay', csum(2))]])],
    ['a short digest', index([[name, variant('ay', csum(2).subarray(1))]])],
    ['a digest of another type', index([[name, variant('s', 'x'.repeat(32))]])],
    ['another type', codec('a{sv}').encode([['ostree.static-deltas', variant('s', '')]])],
    ['noise', new Uint8Array(50).fill(3)],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseDeltaIndex(bytes)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('answers mutations with a list or one of our errors', () => {
    const entries: [string, Variant][] = [
      [name, variant('ay', csum(2))],
      [testTarget, variant('ay', csum(3))],
    ];
    expectOursWhenMutated(index(entries), parseDeltaIndex);
  });

  it('bounds its size', () => {
    expect(() => parseDeltaIndex(index([]), { limits: { superblockSize: 3 } })).toThrow(
      expect.objectContaining({ code: 'limit' }),
    );
    expect(checksumToBytes(testTarget)).toHaveLength(32);
  });
});
