import { bsdiff, bsdiffMemory } from '@ost/deltas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './support/random.js';
import { applyStream } from './support/stream.js';

const MiB = 1024 * 1024;
const NUL = new Uint8Array(0);

/** Diffs, applies, compares; returns the size of the stream without the bytes that are zero. */
async function roundTrip(old: Uint8Array, next: Uint8Array): Promise<number> {
  const stream = bsdiff(old, next);
  const restored = await applyStream(old, next, stream);
  expect(restored !== undefined && Buffer.compare(restored, next) === 0).toBe(true);
  let size = 0;
  for (const byte of stream) if (byte !== 0) size++;
  return size;
}

/** `count` bytes that repeat every `period` bytes. */
function periodic(period: Uint8Array, count: number): Uint8Array {
  return new Uint8Array(count).map((_, i) => period[i % period.length] as number);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

describe('bsdiff', () => {
  it('restores any file', async () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (old, next) => void (await roundTrip(old, next))),
      {
        numRuns: 300,
      },
    );
  });

  it('restores files made of pieces of each other', async () => {
    // Few letters, so that there are many matches, equal ones and such that overlap.
    const piece = fc.uint8Array({ maxLength: 60, max: 3 });
    const order = fc.array(fc.nat(7), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 8, maxLength: 8 }), order, order, async (pieces, a, b) => {
        const build = (numbers: readonly number[]) => join(...numbers.map((i) => pieces[i] as Uint8Array));
        await roundTrip(build(a), build(b));
      }),
      { numRuns: 500 },
    );
  });

  it('restores an edited file with little more than the edits', async () => {
    const random = new Random(7);
    for (const size of [1000, 40_000, 700_001]) {
      const old = random.bytes(size);
      const middle = size >> 1;
      const inserted = random.bytes(100);
      const edited = join(old.subarray(middle, size - 50), inserted, old.subarray(0, middle), old.subarray(size - 9));
      for (let i = 0; i < size; i += 997) edited[i] = (edited[i] as number) ^ 1;
      const size2 = await roundTrip(old, edited);
      expect(size2).toBeLessThan(100 + size / 997 + 10 * 24);
    }
  });

  it('finds what has moved by any number of bytes', async () => {
    const random = new Random(8);
    const old = random.bytes(30_000);
    for (let shift = 1; shift < 9; shift++) {
      const next = join(random.bytes(shift), old.subarray(shift * 3, 20_000), random.bytes(5), old.subarray(20_000));
      expect(await roundTrip(old, next)).toBeLessThan(60);
    }
  });

  it('takes files with nothing in them', async () => {
    const some = new Random(1).bytes(5000);
    expect(bsdiff(NUL, NUL)).toHaveLength(0);
    expect(bsdiff(some, NUL)).toHaveLength(0);
    await roundTrip(some, NUL);
    expect(bsdiff(NUL, some)).toHaveLength(24 + some.length);
    await roundTrip(NUL, some);
    for (let size = 1; size < 40; size++) {
      await roundTrip(some.subarray(0, size), some);
      await roundTrip(some, some.subarray(100, 100 + size));
    }
  });

  it('makes one record of equal files, and of a beginning', () => {
    const bytes = new Random(2).bytes(100_000);
    const record = bsdiff(bytes, bytes);
    expect(record).toHaveLength(24 + bytes.length);
    expect(record.subarray(24).every((byte) => byte === 0)).toBe(true);
    expect(bsdiff(bytes, bytes.subarray(0, 70_000))).toHaveLength(24 + 70_000);
  });

  // Where steps grow with the square of the size, each of these takes hours.
  const random = new Random(9);
  const size = 6 * MiB;
  const zeros = new Uint8Array(size);
  const word = random.bytes(7);
  const page = random.bytes(4099);
  const fibonacci = () => {
    let a: Uint8Array = Uint8Array.of(1);
    let b: Uint8Array = Uint8Array.of(1, 2);
    while (b.length < size) [a, b] = [b, join(b, a)];
    return b;
  };
  const spoil = (bytes: Uint8Array, every: number) => {
    const copy = bytes.slice();
    for (let i = every; i < copy.length; i += every) copy[i] = (copy[i] as number) + 1 + random.below(3);
    return copy;
  };
  const adversaries: Readonly<Record<string, () => [Uint8Array, Uint8Array]>> = {
    'zeros, and ones': () => [zeros, zeros.map(() => 1)],
    'zeros, one of them changed': () => [zeros, spoil(zeros, size - 5)],
    'zeros with errors in other places': () => [spoil(zeros, 1009), spoil(zeros, 1013)],
    'zeros with many errors': () => [spoil(zeros, 11), spoil(zeros, 13)],
    'a short period in another phase': () => [periodic(word, size), periodic(word, size).subarray(3)],
    'a short period with errors': () => [spoil(periodic(word, size), 997), spoil(periodic(word, size), 101)],
    'a long period': () => [periodic(page, size), spoil(periodic(page, size).subarray(1001), 50_021)],
    'a long period with many errors': () => [spoil(periodic(page, size), 31), spoil(periodic(page, size), 29)],
    'two periods': () => [periodic(word, size), periodic(page, size)],
    'Fibonacci words': () => [fibonacci(), spoil(fibonacci().subarray(12_345), 30_011)],
    'beginnings of ever more': () => {
      const beginnings = Array.from({ length: 3000 }, (_, i) => spoil(periodic(page, i + 1000), 5));
      return [join(...beginnings), periodic(page, size)];
    },
    'bytes that have nothing in common': () => [random.bytes(size), random.bytes(size)],
  };
  for (const [name, files] of Object.entries(adversaries)) {
    it(`goes through ${name}`, async () => void (await roundTrip(...files())), 60_000);
  }

  it('does one file after another in the same memory', async () => {
    const large = random.bytes(200_000);
    const expected = bsdiff(large.subarray(0, 9001), large.subarray(4, 9003));
    bsdiff(large, large.subarray(1000));
    expect(bsdiff(large.subarray(0, 9001), large.subarray(4, 9003))).toEqual(expected);
  });

  it('tells how much memory it takes, and refuses what it cannot do', () => {
    expect(bsdiffMemory(0, 0)).toBeLessThan(MiB);
    expect(bsdiffMemory(64 * MiB, 64 * MiB)).toBeLessThan(64 * MiB * 6);
    expect(() => bsdiffMemory(1400 * MiB, 1400 * MiB)).toThrow('Too large for bsdiff');
    expect(() => bsdiffMemory(10, 2048 * MiB)).toThrow(expect.objectContaining({ code: 'limit' }));
  });
});
