/** The format's worked examples, byte by byte (repository format, "Test vectors"). */
import { byteswap, type Variant, variant } from '@ost/gvariant';
import {
  type Checksum,
  commitContentChecksum,
  encodeArchiveHeader,
  encodeCommit,
  encodeDetachedMetadata,
  encodeDirMeta,
  encodeDirTree,
  encodeFileHeader,
  encodeSizes,
  encodeSummary,
  encodeTombstone,
  hashOrder,
  type Metadata,
  parseCommit,
  parseDirTree,
  parseSummary,
  portableHash,
} from '@ost/objects';
import { describe, expect, it } from 'vitest';
import { hex, sha256, toHex, utf8, xattrs } from './support.js';

const c = (text: string): Checksum => text as Checksum;
const file = (mode: number, extra: object = {}): Parameters<typeof encodeFileHeader>[0] => ({
  uid: 0,
  gid: 0,
  mode,
  symlinkTarget: '',
  xattrs: [],
  ...extra,
});

const HELLO = file(0o100644, { uid: 1000, gid: 1001, xattrs: xattrs({ 'user.alpha': '616263', 'user.zeta': '7a31' }) });
const LINK = file(0o120777, { uid: 7, gid: 8, symlinkTarget: '../target/path' });
const DIR = c('446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488');
const EMPTY_DIR = c('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
const EMPTY_FILE = c('cc700d46f407c6c5ab2d5dde474366a928b7398277e61162e7f8ec06f469f07e');
const SCRIPT = c('de953b993c977f782cf0990325551ecbc6598bf8a513f0734a440af8d4e8e1fe');
const SUB = c('ba74c2f997d1f31466ff9bf579a068359c64126cb9f98994fc0dfa234a3ef7b7');
const ROOT = c('740c23d0657d7000dcb584accf56a1e9dfec7724633a29e9fe336ee7c72e9e2b');

describe('content objects', () => {
  it('a file with attributes', () => {
    const header = encodeFileHeader(HELLO);
    expect(toHex(header)).toBe(
      '0000003000000000000003e8000003e9000081a40000000000757365722e616c706861006162630b757365722e7a657461007a310a0f1c11',
    );
    expect(sha256(header, utf8('hello\n'))).toBe('900ba73946d63079435c02498699d35ce1e998ca24bc491207d8c77eccf00644');
    expect(toHex(encodeArchiveHeader(HELLO, 6))).toBe(
      '00000038000000000000000000000006000003e8000003e9000081a40000000000757365722e616c706861006162630b757365722e7a657461007a310a0f1c19',
    );
    expect(toHex(encodeDirMeta(HELLO))).toBe(
      '000003e8000003e9000081a4757365722e616c706861006162630b757365722e7a657461007a310a0f1c',
    );
  });

  it('a symlink', () => {
    expect(toHex(encodeFileHeader(LINK))).toBe(
      '000000200000000000000007000000080000a1ff000000002e2e2f7461726765742f70617468001f',
    );
    expect(sha256(encodeFileHeader(LINK))).toBe('b109606d81d2bbfe9e641b4436a0e10cc27196b905f8868886a01751c318ad3e');
    // The size of a symlink is zero whatever the caller says.
    for (const size of [0, 14]) {
      expect(toHex(encodeArchiveHeader(LINK, size))).toBe(
        '0000002800000000000000000000000000000007000000080000a1ff000000002e2e2f7461726765742f706174680027',
      );
    }
  });

  it.each([
    [0o100644, '', EMPTY_FILE],
    [0o100644, 'x', '086bca4ef86474d13398a73f6f5aa713c534312db4af53530a1da02d61b09bcd'],
    [0o100644, 'y', 'f276eb605c763f0a4b1ec9d99b6fd96628f2e6fcdee5045a58f348b2c32787d7'],
    [0o100644, 'z', 'b70ae7320f7795d4e8912468e632560b578997ed16f24aadaf45af7235780ccb'],
    [0o104755, '#!/bin/sh\n', SCRIPT],
  ])('mode %o with content %j', (mode, content, checksum) => {
    expect(sha256(encodeFileHeader(file(mode)), utf8(content))).toBe(checksum);
  });

  it('attributes in the order supplied, and in canonical order', () => {
    const label = { 'security.selinux': toHex(utf8('system_u:object_r:hello_t:s0\0')) };
    const unsorted = xattrs({ 'user.foo': '626172', ...label });
    const sorted = xattrs({ ...label, 'user.foo': '626172' });
    expect(sha256(encodeFileHeader(file(0o100644, { xattrs: unsorted })), utf8('hello\n'))).toBe(
      '43112fa51277deccefd4b89d254317ff9602e8b6545a4075b4e3f389d1e8c310',
    );
    expect(sha256(encodeFileHeader(file(0o100644, { xattrs: sorted })), utf8('hello\n'))).toBe(
      'd172c651293154f20c1550964337c1a450c279e23170fda631b39463ea7191a3',
    );
  });
});

describe('directories', () => {
  it.each([
    [0o40755, {}, '0000000000000000000041ed', DIR],
    [0o41777, {}, '0000000000000000000043ff', 'bbe8d5c22ca8a645068a1aa51a59e117f139319d9a791e4d4c0d27dae64cc8c7'],
    [
      0o40755,
      { 'user.dirx': '44' },
      '0000000000000000000041ed757365722e6469727800440a0c',
      '94126c7db9f3ac78db296231595ccaead458a3f25919f4d990b48d4ab12887cb',
    ],
  ])('dirmeta of mode %o with %j', (mode, values, bytes, checksum) => {
    const meta = encodeDirMeta({ uid: 0, gid: 0, mode, xattrs: xattrs(values) });
    expect(toHex(meta)).toBe(bytes);
    expect(sha256(meta)).toBe(checksum);
  });

  it('an empty dirtree', () => {
    expect(encodeDirTree({ files: [], dirs: [] })).toEqual(Uint8Array.of(0));
    expect(sha256(Uint8Array.of(0))).toBe(EMPTY_DIR);
  });

  it('a dirtree with files and a directory', () => {
    const bytes = encodeDirTree({
      files: [
        { name: 'run', checksum: SCRIPT },
        { name: 'zero', checksum: EMPTY_FILE },
      ],
      dirs: [{ name: 'deep', contents: EMPTY_DIR, meta: DIR }],
    });
    expect(toHex(bytes)).toBe(`72756e00${SCRIPT}047a65726f00${EMPTY_FILE}05254b6465657000${EMPTY_DIR}${DIR}2505474d`);
    expect(sha256(bytes)).toBe(SUB);
  });

  it('a dirtree with a wide offset', () => {
    const bytes = hex(`
      5a656400086bca4ef86474d13398a73f6f5aa713c534312db4af53530a1da02d61b09bcd045f756e64657200f276eb605c763f0a4b1ec9d99b6fd96628f2e6fc
      dee5045a58f348b2c32787d70761206200b70ae7320f7795d4e8912468e632560b578997ed16f24aadaf45af7235780ccb0468656c6c6f2e74787400900ba739
      46d63079435c02498699d35ce1e998ca24bc491207d8c77eccf006440a6c696e6b00b109606d81d2bbfe9e641b4436a0e10cc27196b905f8868886a01751c318
      ad3e05254d729dc3656d707479006e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01dbbe8d5c22ca8a645068a1aa51a59e117f139
      319d9a791e4d4c0d27dae64cc8c7260673756200ba74c2f997d1f31466ff9bf579a068359c64126cb9f98994fc0dfa234a3ef7b794126c7db9f3ac78db296231
      595ccaead458a3f25919f4d990b48d4ab12887cb2404488ec800`);
    expect(bytes).toHaveLength(346);
    expect(sha256(bytes)).toBe(ROOT);
    const tree = parseDirTree(bytes);
    expect(tree.files.map((f) => f.name)).toEqual(['Zed', '_under', 'a b', 'hello.txt', 'link']);
    expect(tree.dirs.map((d) => d.name)).toEqual(['empty', 'sub']);
    expect(encodeDirTree(tree)).toEqual(bytes);
  });
});

describe('commits', () => {
  const base = { metadata: [], parent: null, related: [], subject: '', body: '', contents: ROOT, meta: DIR };
  const A = c('9f781aa5f137d6dfab7c4e3d29e534b694128cb97a5bf40be6529607fcad3a42');
  const B = c('ec64af41aa62d591374327cabae7389fb0a64ae0d67f2565c7a2b92e2a4be35c');
  const binding: Metadata = [['ostree.ref-binding', variant('as', ['main'])]];
  const commitA = { ...base, metadata: binding, subject: 'Subj', body: 'Body text', timestamp: 1700000000n };

  it('with a binding', () => {
    const bytes = encodeCommit(commitA);
    expect(toHex(bytes)).toBe(
      '6f73747265652e7265662d62696e64696e670000000000006d61696e00050061731322' +
        '5375626a00426f6479207465787400000000000000000000006553f100' +
        `${ROOT}${DIR}603228232323`,
    );
    expect(bytes).toHaveLength(134);
    expect(sha256(bytes)).toBe(A);
    expect(commitContentChecksum(commitA, portableHash)).toBe(
      '80a8fd7b9ffe7517c69224d05d975d5dc4ee57a85f8e4fb1118a2e2e416715ef',
    );
  });

  it('with nothing but a parent', () => {
    const bytes = encodeCommit({ ...base, parent: A, timestamp: 1700000100n });
    expect(toHex(bytes)).toBe(`${A}0000000000000000000000006553f164${ROOT}${DIR}502221202000`);
    expect(sha256(bytes)).toBe(B);
  });

  it('with metadata of several types', () => {
    const metadata: Metadata = [
      ['version', variant('s', '2')],
      ['n', variant('t', 5n)],
      ['flag', variant('b', true)],
      ['m', variant('ms', null)],
      ['ostree.ref-binding', variant('as', ['aa', 'multi/ref'])],
    ];
    const bytes = encodeCommit({ ...base, metadata, parent: A, subject: 'S', body: 'B', timestamp: 1700000200n });
    expect(bytes).toEqual(
      hex(`
      76657273696f6e0032000073080000006e0000000000000005000000000000000074020000000000666c61670000000001006205000000006d00000000000000
      006d7302000000006f73747265652e7265662d62696e64696e670000000000006161006d756c74692f72656600030d006173130d233444739f781aa5f137d6df
      ab7c4e3d29e534b694128cb97a5bf40be6529607fcad3a425300420000000000000000006553f1c8740c23d0657d7000dcb584accf56a1e9dfec7724633a29e9
      fe336ee7c72e9e2b446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488c89c9a989878`),
    );
    expect(sha256(bytes)).toBe('bc7ff7a5bc526276f008b98406a7bc4b1f6398dd064849d111b40404c2d01f1a');
  });

  it('with sizes', () => {
    const sizes = encodeSizes([
      { checksum: DIR, type: 'dirmeta', archived: 12, unpacked: 12 },
      { checksum: EMPTY_DIR, type: 'dirtree', archived: 1, unpacked: 1 },
      { checksum: SUB, type: 'dirtree', archived: 150, unpacked: 150 },
      { checksum: EMPTY_FILE, type: 'file', archived: 36, unpacked: 0 },
      { checksum: SCRIPT, type: 'file', archived: 46, unpacked: 10 },
    ]);
    const commit = { ...base, metadata: [['ostree.sizes', sizes]] as Metadata, contents: SUB, timestamp: 1700000300n };
    const bytes = encodeCommit(commit);
    expect(bytes).toEqual(
      hex(`
      6f73747265652e73697a657300000000446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c54880c0c036e340b9cffb37a989ca544e6bb
      780a2c78901d3fb33738768511a30617afa01d010102ba74c2f997d1f31466ff9bf579a068359c64126cb9f98994fc0dfa234a3ef7b79601960102cc700d46f4
      07c6c5ab2d5dde474366a928b7398277e61162e7f8ec06f469f07e240001de953b993c977f782cf0990325551ecbc6598bf8a513f0734a440af8d4e8e1fe2e0a
      0123466b8eb1006161790dcb00000000000000006553f22cba74c2f997d1f31466ff9bf579a068359c64126cb9f98994fc0dfa234a3ef7b7446a0ef11b7cc167
      f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488f800ce00cd00cc00cc00cc00`),
    );
    expect(sha256(bytes)).toBe('ee6bc04fe9cac3af5812ff465191a54c6d08de0646ecf51cdc78a09c3baa0dd5');
    expect(parseCommit(bytes)).toEqual(commit);
  });

  it('detached metadata', () => {
    const metadata: Metadata = [
      ['foo', variant('s', 'bar')],
      ['a.b', variant('s', 'c')],
    ];
    expect(toHex(encodeDetachedMetadata(metadata))).toBe(
      '666f6f00000000006261720000730400612e62000000000063000073040f1d',
    );
  });

  it('a tombstone', () => {
    expect(toHex(encodeTombstone(B))).toBe(`636f6d6d69740000${toHex(utf8(B))}00006179074d`);
  });

  it('a summary', () => {
    const be = (value: bigint): bigint => byteswap('t', value);
    const bytes = encodeSummary({
      refs: [
        {
          name: 'main',
          size: 134n,
          checksum: A,
          metadata: [['ostree.commit.timestamp', variant('t', be(1700000000n))]],
        },
      ],
      metadata: hashOrder<Variant>([
        ['ostree.summary.last-modified', variant('t', be(1700000500n))],
        ['ostree.summary.mode', variant('s', 'archive-z2')],
        ['ostree.summary.tombstone-commits', variant('b', false)],
        ['ostree.summary.indexed-deltas', variant('b', true)],
      ]),
    });
    expect(bytes).toHaveLength(266);
    expect(sha256(bytes)).toBe('e9fcd295db029aebb245f35e161930d55a8a3c28a153d13e03a62bd57ad0724b');
    expect(parseSummary(bytes).refs).toHaveLength(1);
  });
});

describe('hash order', () => {
  const S = 'ostree.summary.';
  it.each([
    [
      ['ostree.commit.timestamp', 'ostree.commit.version'],
      [1, 0],
    ],
    [
      [`${S}last-modified`, `${S}mode`, `${S}tombstone-commits`, `${S}indexed-deltas`],
      [1, 0, 2, 3],
    ],
    [
      ['ostree.static-deltas', `${S}last-modified`, `${S}mode`, `${S}tombstone-commits`, `${S}indexed-deltas`],
      [2, 1, 3, 0, 4],
    ],
    [
      [`${S}last-modified`, `${S}mode`, `${S}tombstone-commits`, `${S}indexed-deltas`, `${S}collection-id`],
      [1, 0, 2, 3, 4],
    ],
    [
      [`${S}expires`, `${S}last-modified`, `${S}mode`, `${S}tombstone-commits`, `${S}indexed-deltas`],
      [0, 1, 3, 2, 4],
    ],
    [
      ['ostree.ref-binding', 'ostree.collection-binding'],
      [1, 0],
    ],
    [
      ['ostree.ref-binding', 'ostree.bootable', 'ostree.linux'],
      [2, 1, 0],
    ],
    [
      ['version', 'ostree.ref-binding', 'ostree.bootable', 'ostree.linux'],
      [3, 0, 2, 1],
    ],
    [
      ['ostree.gpgsigs', 'ostree.sign.ed25519'],
      [0, 1],
    ],
    [
      ['ostree.sign.ed25519', 'ostree.gpgsigs'],
      [0, 1],
    ],
  ] as const)('of %j', (keys, order) => {
    const entries = keys.map((key, i) => [key, i] as const);
    expect(hashOrder(entries).map(([, i]) => i)).toEqual(order);
  });
});
