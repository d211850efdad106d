import { type Checksum, encodeDirMeta, encodeDirTree, parseDirMeta, parseDirTree } from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { base64, hex, sha256, utf8, vectors } from './support.js';

interface DirMetaVector {
  path: string;
  checksum: Checksum;
  uid: number;
  gid: number;
  mode: number;
  xattrs: [string, string][];
  object: string;
}

interface DirTreeVector {
  path: string;
  checksum: Checksum;
  files?: string[];
  dirs?: string[];
  object?: string;
  crowd?: { count: number };
  length?: number;
}

const { dirmetas, dirtrees } = vectors<{ dirmetas: DirMetaVector[]; dirtrees: DirTreeVector[] }>('directories');
const { files } = vectors<{ files: { path: string; checksum: Checksum }[] }>('files');

describe.each(dirmetas)('dirmeta of /$path', ({ uid, gid, mode, xattrs, checksum, object }) => {
  it('parses, encodes to the same bytes and is named by them', () => {
    const bytes = base64(object);
    const meta = { uid, gid, mode, xattrs: xattrs.map(([n, v]) => ({ name: utf8(n), value: hex(v) })) };
    expect(parseDirMeta(bytes)).toEqual(meta);
    expect(encodeDirMeta(meta)).toEqual(bytes);
    expect(sha256(bytes)).toBe(checksum);
  });
});

describe.each(dirtrees.filter((v) => v.object !== undefined))('dirtree of /$path', (vector) => {
  const bytes = base64(vector.object ?? '');

  it('parses, encodes to the same bytes and is named by them', () => {
    const tree = parseDirTree(bytes);
    expect(tree.files.map((f) => f.name)).toEqual(vector.files);
    expect(tree.dirs.map((d) => d.name)).toEqual(vector.dirs);
    expect(encodeDirTree(tree)).toEqual(bytes);
    expect(sha256(bytes)).toBe(vector.checksum);
  });

  it('refers to the objects that its children are', () => {
    const prefix = vector.path === '' ? '' : `${vector.path}/`;
    for (const { name, contents, meta } of parseDirTree(bytes).dirs) {
      expect(contents).toBe(dirtrees.find((d) => d.path === prefix + name)?.checksum);
      expect(meta).toBe(dirmetas.find((d) => d.path === prefix + name)?.checksum);
    }
  });
});

describe.each(dirtrees.filter((v) => v.crowd !== undefined))('dirtree of /$path', (vector) => {
  it('is made of as many entries', () => {
    const checksum = files.find((f) => f.path === 'empty')?.checksum as Checksum;
    const contents = dirtrees.find((d) => d.path === 'dir-empty')?.checksum as Checksum;
    const meta = dirmetas.find((d) => d.path === 'nested')?.checksum as Checksum;
    const names = Array.from({ length: vector.crowd?.count ?? 0 }, (_, i) => `entry-${String(i).padStart(4, '0')}`);
    const tree = {
      files: names.filter((_, i) => i % 7 !== 6).map((name) => ({ name, checksum })),
      dirs: names.filter((_, i) => i % 7 === 6).map((name) => ({ name, contents, meta })),
    };
    const bytes = encodeDirTree(tree);
    expect(bytes).toHaveLength(vector.length ?? 0);
    expect(sha256(bytes)).toBe(vector.checksum);
    expect(parseDirTree(bytes)).toEqual(tree);
  });
});
