import {
  archiveHeaderLength,
  canonicalXattrs,
  encodeArchiveHeader,
  encodeDirMeta,
  encodeFileHeader,
  type FileHeader,
  parseArchiveHeader,
  parseDirMeta,
  parseFileHeader,
  portableDeflate,
} from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { base64, hex, sha256, squares, utf8, vectors } from './support.js';

interface FileVector {
  path: string;
  checksum: string;
  uid: number;
  gid: number;
  mode: number;
  target: string;
  xattrs: [string, string][];
  content?: string;
  squares?: number;
  filez: string;
  ostreemeta: string;
}

const { files, tar } = vectors<{
  files: FileVector[];
  tar: { unsorted: { checksum: string; filez: string }; long: { size: number; checksum: string }[] };
}>('files');

function headerOf(vector: FileVector): FileHeader {
  const { uid, gid, mode, target } = vector;
  const xattrs = vector.xattrs.map(([name, value]) => ({ name: utf8(name), value: hex(value) }));
  return { uid, gid, mode, symlinkTarget: target, xattrs };
}

const contentOf = (vector: FileVector): Uint8Array =>
  vector.squares === undefined ? base64(vector.content ?? '') : squares(vector.squares);

describe.each(files.map((vector) => ({ ...vector, vector })))('file object $path', ({ vector, checksum }) => {
  const header = headerOf(vector);
  const filez = base64(vector.filez);

  it('is named by its header and content', () => {
    expect(sha256(encodeFileHeader(header), contentOf(vector))).toBe(checksum);
  });

  it('has an archive header that parses and encodes to the same bytes', () => {
    const parsed = parseArchiveHeader(filez);
    expect(parsed.header).toEqual(header);
    expect(parsed.size).toBe(contentOf(vector).length);
    expect(parsed.headerLength).toBe(archiveHeaderLength(filez));
    expect(encodeArchiveHeader(parsed.header, parsed.size)).toEqual(filez.subarray(0, parsed.headerLength));
  });

  it('has the header of which the name is a hash without framing, too', () => {
    expect(parseFileHeader(encodeFileHeader(header).subarray(8))).toEqual(header);
  });

  it.skipIf(vector.squares !== undefined)('has content that unpacks', () => {
    const { headerLength, size } = parseArchiveHeader(filez);
    const body = filez.subarray(headerLength);
    if (vector.target !== '') expect(body).toHaveLength(0);
    else expect(portableDeflate.inflateRaw(body, { maxSize: size })).toEqual(contentOf(vector));
  });

  it('has a user.ostreemeta that parses and encodes to the same bytes', () => {
    const bytes = base64(vector.ostreemeta);
    const { symlinkTarget, ...meta } = header;
    expect(symlinkTarget).toBe(vector.target);
    expect(parseDirMeta(bytes, { anyType: true })).toEqual(meta);
    expect(encodeDirMeta(meta)).toEqual(bytes);
  });
});

describe('file objects from archives', () => {
  it('keep an order of attributes that is not canonical', () => {
    const filez = base64(tar.unsorted.filez);
    const { header, size, headerLength } = parseArchiveHeader(filez);
    expect(header.xattrs.map(({ name }) => new TextDecoder().decode(name))).toEqual(['user.foo', 'security.selinux']);
    expect(encodeArchiveHeader(header, size)).toEqual(filez.subarray(0, headerLength));
    expect(sha256(encodeFileHeader(header), utf8('hello\n'))).toBe(tar.unsorted.checksum);
    const sorted = { ...header, xattrs: canonicalXattrs(header.xattrs) };
    expect(sha256(encodeFileHeader(sorted), utf8('hello\n'))).not.toBe(tar.unsorted.checksum);
  });

  it.each(tar.long)('have attributes of $size bytes', ({ size, checksum }) => {
    const xattrs = [{ name: utf8('user.long'), value: new Uint8Array(size).fill(0x78) }];
    const header = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs };
    const bytes = encodeFileHeader(header);
    expect(sha256(bytes)).toBe(checksum);
    expect(parseFileHeader(bytes.subarray(8))).toEqual(header);
  });
});
