import { codec } from '@ost/gvariant';
import { encodeDirTree, parseDirTree } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { expectError, fake, hex } from '../support.js';

const dirtree = codec('(a(say)a(sayay))');
const SUM = new Uint8Array(32).fill(0xaa);
const A = 'aa'.repeat(32);

/** A dirtree with these names, well-formed whatever they are. */
function treeOf(files: string[], dirs: string[]): Uint8Array {
  return dirtree.encode([files.map((n) => [n, SUM]), dirs.map((n) => [n, SUM, SUM])]);
}

const NOT_NORMAL = ['not-normal', 'Not normal form'] as const;

describe('framing', () => {
  it.each([
    ['nothing', ''],
    ['an offset past the end', '01'],
    ['an offset past the end, far', 'ff'],
    ['a byte between', '0000'],
    ['a file array that is only an offset', '0001'],
    ['a wide offset', `6100${A}0223 ${'00'.repeat(300)}`],
    // One entry "a" whose name has no NUL, no UTF-8, or an end past the entry's.
    ['a name without NUL', `61${A}012223`],
    ['a name that is not UTF-8', `ff00${A}022324`],
    ['a name that ends past its entry', `6100${A}ff2324`],
    ['a NUL inside a name', `61006200${A}042526`],
    ['an entry that ends past the array', `6100${A}02ff24`],
  ])('refuses %s', (_, bytes) => {
    expectError(() => parseDirTree(hex(bytes)), ...NOT_NORMAL);
  });

  it('accepts the entry that those are made from', () => {
    expect(parseDirTree(hex(`6100${A}022324`))).toEqual({ files: [{ name: 'a', checksum: fake('a') }], dirs: [] });
  });
});

describe('checksums', () => {
  it.each([0, 1, 31, 33, 64])('of %i bytes are refused', (length) => {
    const bad = new Uint8Array(length);
    const message = `Invalid checksum of length ${length} expected 32`;
    expectError(() => parseDirTree(dirtree.encode([[['a', bad]], []])), 'corrupt', message);
    expectError(() => parseDirTree(dirtree.encode([[], [['a', bad, SUM]]])), 'corrupt', message);
    expectError(() => parseDirTree(dirtree.encode([[], [['a', SUM, bad]]])), 'corrupt', message);
  });
});

describe('names', () => {
  it.each([
    ['.', "Invalid self-referential filename '.'"],
    ['..', "Invalid path uplink filename '..'"],
    ['', 'Invalid empty filename'],
    ['/', 'Invalid / in filename /'],
    ['../../etc/passwd', 'Invalid / in filename ../../etc/passwd'],
    ['/etc', 'Invalid / in filename /etc'],
  ])('%j is refused as a file and as a directory', (name, message) => {
    expectError(() => parseDirTree(treeOf([name], [])), 'invalid-name', message);
    expectError(() => parseDirTree(treeOf([], [name])), 'invalid-name', message);
  });

  it.each([
    ['twice', ['a', 'a']],
    ['backwards', ['b', 'a']],
    ['by locale', ['a', 'B']],
    ['by UTF-16', ['\u{1f600}', '\uffee']],
    ['with a prefix behind', ['ab', 'a']],
  ])('in a row %s are refused', (_, names) => {
    const message = `Directory entries are not sorted: ${names.join(', ')}`;
    expectError(() => parseDirTree(treeOf(names, [])), 'corrupt', message);
    expectError(() => parseDirTree(treeOf([], names)), 'corrupt', message);
    const files = names.map((name) => ({ name, checksum: fake('a') }));
    expectError(() => encodeDirTree({ files, dirs: [] }), 'invalid-argument', message);
  });

  it('of a file and a directory are refused', () => {
    const message = 'Name b is both a file and a directory';
    expectError(() => parseDirTree(treeOf(['a', 'b'], ['b', 'c'])), 'corrupt', message);
  });

  it('are checked when written, too', () => {
    const files = [{ name: 'a\ud800', checksum: fake('a') }];
    expectError(() => encodeDirTree({ files, dirs: [] }), 'invalid-name', 'Invalid UTF-8 in filename a\ufffd');
    const dirs = [{ name: 'a/b', contents: fake('a'), meta: fake('a') }];
    expectError(() => encodeDirTree({ files: [], dirs }), 'invalid-name', 'Invalid / in filename a/b');
  });

  it('that only look dangerous are taken', () => {
    const names = ['...', '\\', '\n', ' '].toSorted();
    expect(parseDirTree(treeOf(names, [])).files.map((f) => f.name)).toEqual(names);
  });
});
