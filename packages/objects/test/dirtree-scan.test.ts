import { codec } from '@ost/gvariant';
import {
  assertEntryNames,
  type Checksum,
  checksumAt,
  compareNames,
  encodeDirTree,
  isOstError,
  scanDirTree,
} from '@ost/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const reference = codec('(a(say)a(sayay))');
const sum = (digit: string): Checksum => digit.repeat(64) as Checksum;

type Entries = [string, string[]][];

/** The names and checksums that a scan finds. */
function scanned(bytes: Uint8Array): { files: Entries; dirs: Entries } {
  const { fileCount, dirCount, spans } = scanDirTree(bytes);
  const entries = Array.from({ length: fileCount + dirCount }, (_, i): [string, string[]] => {
    const end = spans[2 * i + 1] as number;
    const name = new TextDecoder().decode(bytes.subarray(spans[2 * i], end));
    const first = checksumAt(bytes, end + 1);
    return [name, i < fileCount ? [first] : [first, checksumAt(bytes, end + 33)]];
  });
  return { files: entries.slice(0, fileCount), dirs: entries.slice(fileCount) };
}

/** The same as the general decoder sees them; null when it refuses the bytes. */
function decoded(bytes: Uint8Array): { files: Entries; dirs: Entries } | null {
  if (!reference.isNormal(bytes)) return null;
  const [files, dirs] = reference.decode(bytes);
  const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
  const all = [...files.map(([, a]) => a), ...dirs.flatMap(([, a, b]) => [a, b])];
  if (all.some((checksum) => checksum.length !== 32)) return null;
  return {
    files: files.map(([name, a]) => [name, [hex(a)]]),
    dirs: dirs.map(([name, a, b]) => [name, [hex(a), hex(b)]]),
  };
}

function scannedOrNull(bytes: Uint8Array): ReturnType<typeof decoded> {
  try {
    return scanned(bytes);
  } catch (error) {
    if (isOstError(error) && (error.code === 'not-normal' || error.code === 'corrupt')) return null;
    throw error;
  }
}

const name = fc.string({ minLength: 0, maxLength: 12, unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
const bytesOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const tree = fc.tuple(
  fc.array(fc.tuple(name, bytesOf(32)), { maxLength: 12 }),
  fc.array(fc.tuple(name, bytesOf(32), bytesOf(32)), { maxLength: 8 }),
);

describe('scanning a dirtree', () => {
  it('finds what the general decoder finds', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = reference.encode(value);
        expect(scanned(bytes)).toEqual(decoded(bytes));
      }),
    );
  });

  it('refuses exactly what the general decoder refuses', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(tree, edits, fc.nat(4), (value, changes, cut) => {
        const bytes = reference.encode(value);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const damaged = bytes.subarray(0, Math.max(0, bytes.length - cut));
        expect(scannedOrNull(damaged)).toEqual(decoded(damaged));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses exactly what the general decoder refuses in random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(scannedOrNull(bytes)).toEqual(decoded(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([3, 200, 2000])('reads offsets of every width: %i entries', (count) => {
    const files = Array.from({ length: count }, (_, i) => ({ name: String(i).padStart(6, '0'), checksum: sum('a') }));
    const dirs = [{ name: 'd', contents: sum('b'), meta: sum('c') }];
    const found = scanned(encodeDirTree({ files, dirs }));
    expect(found.files.map(([text]) => text)).toEqual(files.map((file) => file.name));
    expect(found.dirs).toEqual([['d', [sum('b'), sum('c')]]]);
  });

  it('uses the array that it is given while it is long enough', () => {
    const bytes = encodeDirTree({ files: [{ name: 'a', checksum: sum('1') }], dirs: [] });
    const spans = new Int32Array(8);
    expect(scanDirTree(bytes, spans).spans).toBe(spans);
    expect(scanDirTree(bytes, new Int32Array(0)).spans.subarray(0, 2)).toEqual(Int32Array.of(0, 1));
  });
});

describe('names that a scan has found', () => {
  const short = fc.constantFrom(
    '',
    '.',
    '..',
    '...',
    'a',
    'a/',
    'ab',
    'b',
    '\u{1f600}',
    '\uffee',
    '.a',
    'x'.repeat(300),
  );
  const names = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'ab', 'b', 'c') }, short), {
    maxLength: 5,
  });
  const sorted = (list: readonly string[]): boolean =>
    list.every((text, i) => i === 0 || compareNames(list[i - 1] as string, text) < 0);
  const inOrder = names.map((list) => list.toSorted(compareNames));

  it('are refused exactly when they are wrong as text', () => {
    fc.assert(
      fc.property(fc.oneof(names, inOrder), fc.oneof(names, inOrder), (files, dirs) => {
        const sum32 = new Uint8Array(32);
        const bytes = reference.encode([files.map((text) => [text, sum32]), dirs.map((text) => [text, sum32, sum32])]);
        const bad = [...files, ...dirs].some((text) => ['', '.', '..'].includes(text) || text.includes('/'));
        const listed = sorted(files) && sorted(dirs) && !files.some((text) => dirs.includes(text));
        let code = null;
        try {
          assertEntryNames(bytes, scanDirTree(bytes), 'corrupt');
        } catch (error) {
          code = isOstError(error) ? error.code : error;
        }
        expect(code).toBe(bad ? 'invalid-name' : listed ? null : 'corrupt');
      }),
      { numRuns: 2000 },
    );
  });
});
