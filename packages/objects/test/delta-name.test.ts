import {
  decodeMbase64,
  deltaIndexPath,
  deltaPath,
  encodeMbase64,
  formatDeltaName,
  parseDeltaName,
  parseDeltaPath,
} from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, fake } from './support.js';

const [A, B] = [fake('0'), fake('f')];

describe('checksums in base64', () => {
  it('have 43 characters, with _ and +', () => {
    expect(encodeMbase64(A)).toBe('A'.repeat(43));
    expect(encodeMbase64(B)).toBe(`${'_'.repeat(42)}8`);
    expect(encodeMbase64(fake('fbe').slice(0, 64) as typeof A)).toContain('+');
    expect([A, B].map((c) => decodeMbase64(encodeMbase64(c)))).toEqual([A, B]);
  });

  it.each([
    ['nothing', ''],
    ['a character too few', 'A'.repeat(42)],
    ['a character too many', 'A'.repeat(44)],
    ['padding', `${'A'.repeat(42)}=`],
    ['standard base64', `/${'A'.repeat(42)}`],
    ['URL-safe base64', `-${'A'.repeat(42)}`],
    ['bits beyond the last byte', `${'A'.repeat(42)}B`],
    ['a character beyond ASCII', `é${'A'.repeat(42)}`],
  ])('do not hold %s', (_, text) => {
    expectError(() => decodeMbase64(text), 'invalid-argument', `Invalid checksum ${text}`);
  });
});

describe('delta names', () => {
  it.each([
    [null, B],
    [A, B],
  ])('from %s to %s parse as they format', (from, to) => {
    expect(parseDeltaName(formatDeltaName(from, to))).toEqual({ from, to });
    expect(parseDeltaPath(deltaPath(from, to))).toEqual({ from, to });
  });

  it('have paths of two and more characters', () => {
    expect(deltaPath(null, A)).toBe(`AA/${'A'.repeat(41)}`);
    expect(deltaPath(A, B)).toBe(`AA/${'A'.repeat(41)}-${'_'.repeat(42)}8`);
    expect(deltaIndexPath(A)).toBe(`delta-indexes/AA/${'A'.repeat(41)}.index`);
  });

  it.each(['', '-', A.slice(1), `${A}-`, `-${B}`, `${A}-${B}-${A}`, `${A}:${B}`, `${A}-${B}\n`])(
    '%j is none',
    (name) => {
      expectError(() => parseDeltaName(name), 'invalid-argument', `Invalid delta name ${name}`);
    },
  );

  it.each([
    '',
    'AA',
    `AA/${'A'.repeat(40)}`,
    `AA/${'A'.repeat(41)}-`,
    `AA/${'A'.repeat(40)}B`,
    `AA/${'A'.repeat(41)}/superblock`,
    `../${'A'.repeat(41)}`,
  ])('%j is no path of one', (path) => {
    expect(parseDeltaPath(path)).toBeNull();
  });
});
