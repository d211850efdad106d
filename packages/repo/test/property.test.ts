import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPermissions, checkout, composeFilters, type EntryFilter, type EntryInfo, KeyFile } from '@ost/repo';
import { readOnlyExecutables, setOwner, skipList, statOverride } from '@ost/repo';
import { listing } from './support/listing.js';
import { describeInterop, ostree, ostreeFsck } from './support/ostree.js';
import { assertSound, commitDir, freshRepo, MODES, TIME } from './support/repos.js';
import { makeNode, node } from './support/random-tree.js';
import { isRoot, scratch } from './support/scratch.js';

describeInterop.each(MODES)('random trees in %s', (repoMode) => {
  it('get the checksum that the reference implementation gives them', async () => {
    const [ours, theirs] = [await freshRepo(repoMode), await freshRepo(repoMode)];
    const property = fc.asyncProperty(node, async (item) => {
      const top = scratch();
      fs.mkdirSync(join(top, 'tree'));
      makeNode(join(top, 'tree/item'), item);
      const { checksum } = await commitDir(ours, join(top, 'tree'), { parent: null });
      const args = ['-b', 'main', '--parent=none', '-s', 's', `--timestamp=@${TIME}`, `--tree=dir=${top}/tree`];
      expect(ostree(theirs.path, 'commit', ...args).trim()).toBe(checksum);
      if (!isRoot || repoMode === 'bare-user-only') return;
      await checkout(ours, checksum, join(top, 'out'));
      expect(listing(join(top, 'out'))).toEqual(withoutEmptyXattrs(listing(join(top, 'tree'))));
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
    await assertSound(ours);
    ostreeFsck(ours.path);
  });
});

/** Attributes without a value do not survive a commit. */
function withoutEmptyXattrs(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(/ user\.x\d= /g, ' ').replaceAll(/ user\.x\d= /g, ' '));
}

describe('a key file', () => {
  // Without form feeds: GLib does not escape them, and drops leading ones as it reads.
  const text = fc.string({
    unit: fc.constantFrom(
      ' ',
      '\t',
      '\n',
      '\r',
      '\\',
      ';',
      '=',
      '#',
      '[',
      ']',
      'a',
      'é',
      '🦀',
      '\u00a0',
      '\u3000',
      '\v',
    ),
    maxLength: 12,
  });
  const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);

  it('gives back what was set, after any number of round trips', () => {
    const groups = fc.dictionary(key, fc.dictionary(key, text, { maxKeys: 5, noNullPrototype: true }), {
      maxKeys: 4,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(groups, (content) => {
        const file = new KeyFile();
        for (const [group, keys] of Object.entries(content))
          for (const [k, v] of Object.entries(keys)) file.set(group, k, v);
        const again = KeyFile.parse(file.serialize());
        expect(again.serialize()).toBe(file.serialize());
        for (const [group, keys] of Object.entries(content)) {
          for (const [k, v] of Object.entries(keys)) expect(again.get(group, k)).toBe(v);
        }
      }),
    );
  });

  it('gives back lists', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (list) => {
        const file = new KeyFile();
        file.setList('g', 'k', list);
        expect(KeyFile.parse(file.serialize()).getList('g', 'k')).toEqual(list);
      }),
    );
  });

  it('keeps groups and keys in order, merges repeated groups, drops comments', () => {
    const file = KeyFile.parse('# c\n[b]\nz = 1 \n\n[a]\nk=\\s\\tx\n[b]\ny=2\nz=3\n');
    expect(file.serialize()).toBe('[b]\nz=3\ny=2\n\n[a]\nk=\\s\\tx\n');
    expect(file.get('a', 'k')).toBe(' \tx');
    expect(() => file.require('a', 'nope')).toThrow('Key file does not have key “nope” in group “a”');
    expect(() => file.require('nope', 'k')).toThrow('Key file does not have group “nope”');
    for (const bad of ['[a', '[]', 'x=1', '[a]\nnonsense', '[a]\n=1'])
      expect(() => KeyFile.parse(bad)).toThrow(expect.objectContaining({ code: 'config' }));
  });

  describeInterop('compared with GLib, by way of the reference implementation', () => {
    it('reads and writes values alike', async () => {
      const { path } = await freshRepo('archive');
      const property = fc.property(
        text.filter((s) => !s.includes('\n') && !s.startsWith('-') && s !== ''),
        (value) => {
          ostree(path, 'config', 'set', 'x.k', value);
          const text = fs.readFileSync(join(path, 'config'), 'utf8');
          const file = KeyFile.parse(text);
          expect(file.get('x', 'k')).toBe(value);
          file.set('x', 'k', value);
          expect(file.serialize()).toBe(text);
        },
      );
      fc.assert(property, { numRuns: 25, endOnFailure: true });
    });
  });
});

describe('filters', () => {
  const info: fc.Arbitrary<EntryInfo> = fc.record({
    uid: fc.nat(),
    gid: fc.nat(),
    mode: fc.tuple(fc.constantFrom(0o100000, 0o040000, 0o120000), fc.nat(0o7777)).map(([type, bits]) => type | bits),
  });
  const path = fc.constantFrom('/', '/a', '/a/b', '/usr/bin/x');

  it('compose in order, and never change the type', () => {
    const filters: fc.Arbitrary<EntryFilter> = fc.constantFrom(
      canonicalPermissions,
      readOnlyExecutables,
      setOwner(1, undefined),
      setOwner(undefined, 2),
      skipList('/a/b\n').filter,
      statOverride(`=416 /a\n`).filter,
    );
    fc.assert(
      fc.property(fc.array(filters, { maxLength: 4 }), path, info, (chain, where, entry) => {
        let expected: EntryInfo | null = entry;
        for (const filter of chain) expected = expected === null ? null : filter(where, expected);
        const actual = composeFilters(chain)?.(where, entry) ?? (chain.length === 0 ? entry : null);
        expect(actual).toEqual(expected);
        if (actual !== null) expect(actual.mode & 0o170000).toBe(entry.mode & 0o170000);
      }),
    );
  });

  it('do what they say, and a second time nothing', () => {
    fc.assert(
      fc.property(path, info, (where, entry) => {
        const once = canonicalPermissions(where, entry) as EntryInfo;
        expect(canonicalPermissions(where, once)).toEqual(once);
        expect([once.uid, once.gid]).toEqual([0, 0]);
        if ((entry.mode & 0o170000) !== 0o120000) expect(once.mode & 0o7022).toBe(0);
        const protectedEntry = readOnlyExecutables(where, entry) as EntryInfo;
        const executable = (entry.mode & 0o170000) === 0o100000 && (entry.mode & 0o111) !== 0;
        expect(protectedEntry.mode).toBe(executable ? entry.mode & ~0o222 : entry.mode);
      }),
    );
    expect(() => statOverride('nospace')).toThrow('Malformed statoverride file (no space found)');
    expect(() => statOverride('x /a')).toThrow('Malformed statoverride mode');
  });
});
