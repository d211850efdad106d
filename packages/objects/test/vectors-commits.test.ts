import { printVariant } from '@ost/gvariant';
import {
  type Checksum,
  commitContentChecksum,
  encodeCommit,
  encodeDetachedMetadata,
  encodeSizes,
  encodeTombstone,
  hashOrder,
  type Metadata,
  parseCommit,
  parseDetachedMetadata,
  parseSizes,
  parseTombstone,
  portableHash,
  verifyBindings,
} from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { base64, sha256, vectors } from './support.js';

interface CommitVector {
  name: string;
  note: string;
  args: string[];
  checksum: Checksum;
  contents: string;
  meta: string;
  parent: string | null;
  time: string;
  contentChecksum: string;
  object: string;
  detached?: string;
}

const { commits, tombstone } = vectors<{
  commits: CommitVector[];
  tombstone: { commit: Checksum; object: string };
}>('commits');

const optionOf = (args: string[], name: string): string => args[args.indexOf(name) + 1] ?? '';
const named = (name: string): CommitVector => commits.find((c) => c.name === name) as CommitVector;
const print = (metadata: Metadata): string[] =>
  metadata.map(([key, { type, value }]) => `${key}=${printVariant(type, value)}`);

describe.each(commits.map((vector) => ({ ...vector, vector })))('commit: $note', ({ vector, args }) => {
  const bytes = base64(vector.object);

  it('is named by its bytes', () => {
    expect(sha256(bytes)).toBe(vector.checksum);
  });

  it('parses', () => {
    expect(parseCommit(bytes)).toMatchObject({
      parent: vector.parent,
      related: [],
      subject: args.includes('-s') ? optionOf(args, '-s') : '',
      body: args.includes('-m') ? optionOf(args, '-m') : '',
      timestamp: BigInt(vector.time),
      contents: vector.contents,
      meta: vector.meta,
    });
  });

  it('encodes to the same bytes', () => {
    expect(encodeCommit(parseCommit(bytes))).toEqual(bytes);
  });

  it('has the content checksum that is shown', () => {
    expect(commitContentChecksum(parseCommit(bytes), portableHash)).toBe(vector.contentChecksum);
  });

  it.runIf(args.includes('-b'))('is bound to its ref', () => {
    const expected = { ref: optionOf(args, '-b'), collectionId: null };
    expect(() => verifyBindings(vector.checksum, parseCommit(bytes), expected)).not.toThrow();
  });
});

describe('commit metadata', () => {
  it('keeps order, duplicates and types', () => {
    expect(print(parseCommit(base64(named('typed').object)).metadata)).toEqual([
      "version='2'",
      "twice='1'",
      "twice='2'",
      'n=uint64 5',
      'flag=true',
      'm=@ms nothing',
      'just=@mmi just nothing',
      'd=1.5',
      'i16=int16 -2',
      "bytes=b'\\001\\377'",
      "tuple=(byte 0x01, 'a', [<2>, <'x'>])",
      "dict={'k': <'v'>, 'l': <uint32 7>}",
      "path=objectpath '/a/b'",
      'none=@as []',
      'doubles=[1.0, 2.0]',
      'unit=()',
      "ostree.ref-binding=['aa', 'multi/ref', 'zz']",
    ]);
  });

  it('is in hash order for a bootable commit', () => {
    const { metadata } = parseCommit(base64(named('bootable').object));
    const inserted = ['version', 'ostree.ref-binding', 'ostree.bootable', 'ostree.linux'];
    expect(metadata.map(([key]) => key)).toEqual(hashOrder(inserted.map((key) => [key, 0])).map(([key]) => key));
  });

  it('binds to a collection', () => {
    const vector = named('collection');
    const commit = parseCommit(base64(vector.object));
    expect(print(commit.metadata)).toEqual([
      "ostree.ref-binding=['app']",
      "ostree.collection-binding='org.example.Own'",
    ]);
    verifyBindings(vector.checksum, commit, { ref: 'app', collectionId: 'org.example.Own' });
  });

  it('lists sizes that encode to the same value', () => {
    const { metadata } = parseCommit(base64(named('bound').object));
    const sizes = parseSizes(metadata);
    const shown = sizes.map(({ type, archived, unpacked }) => `${type} ${archived} ${unpacked}`);
    expect(shown).toEqual(['file 37 1', 'dirmeta 12 12', 'file 46 10', 'dirtree 78 78']);
    expect(sizes.map((s) => s.checksum)).toEqual(sizes.map((s) => s.checksum).toSorted());
    expect(encodeSizes(sizes)).toEqual(metadata.find(([key]) => key === 'ostree.sizes')?.[1]);
  });
});

describe('beside commits', () => {
  it('detached metadata parses and encodes to the same bytes', () => {
    const bytes = base64(named('detached').detached ?? '');
    const metadata = parseDetachedMetadata(bytes);
    expect(print(metadata)).toEqual(["foo='bar'", "a.b='c'"]);
    expect(encodeDetachedMetadata(metadata)).toEqual(bytes);
  });

  it('a tombstone names its commit', () => {
    const bytes = base64(tombstone.object);
    expect(parseTombstone(bytes)).toBe(tombstone.commit);
    expect(encodeTombstone(tombstone.commit)).toEqual(bytes);
  });
});
