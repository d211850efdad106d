import type { Variant } from '@ost/gvariant';
import { codec, variant } from '@ost/gvariant';
import type { Checksum, Commit } from '@ost/objects';
import { checksumToBytes, encodeCommit, encodeDirMeta, encodeDirTree, encodeFileHeader } from '@ost/objects';
import { nodeHash } from './ostree.js';

/** A number as operations hold it. */
export function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...out, rest];
}

/** Operations in a readable form: `ops('S', 3, 0, 'c')`. */
export function ops(...items: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(items.flatMap((item) => (typeof item === 'string' ? [item.charCodeAt(0)] : varint(item))));
}

export type Mode = [uid: number, gid: number, mode: number];

export interface PayloadSpec {
  modes?: Mode[];
  xattrs?: [Uint8Array, Uint8Array][][];
  blob?: Uint8Array;
  operations: Uint8Array;
}

/** A part with compression 0. */
export function plainPart(spec: PayloadSpec): Uint8Array {
  const { modes = [[0, 0, 0o100644]], xattrs = [[]], blob = new Uint8Array(0), operations } = spec;
  const payload = codec('(a(uuu)aa(ayay)ayay)').encode([modes, xattrs, blob, operations], { endian: 'big' });
  return Uint8Array.from([0, ...payload]);
}

export interface PartSpec {
  bytes: Uint8Array;
  objects: readonly (readonly [type: number, checksum: Checksum])[];
  usize: number;
  version?: number;
}

export interface SuperblockSpec {
  from?: Uint8Array;
  to?: Uint8Array;
  commit?: Commit;
  parts: readonly PartSpec[];
  fallbacks?: [number, Uint8Array, bigint, bigint][];
  metadata?: [string, Variant][];
  /** @default 'l' */
  endianness?: 'l' | 'B' | null;
}

const swap64 = (value: bigint): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return view.getBigUint64(0, true);
};

/** The checksum of the commit that {@link buildSuperblock} embeds by default. */
export const emptyTree: Uint8Array = encodeDirTree({ files: [], dirs: [] });
export const plainDirMeta: Uint8Array = encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [] });
export const testCommit: Commit = {
  metadata: [],
  parent: null,
  related: [],
  subject: 'test',
  body: '',
  timestamp: 1n,
  contents: nodeHash.sha256(emptyTree),
  meta: nodeHash.sha256(plainDirMeta),
};
export const testTarget: Checksum = nodeHash.sha256(encodeCommit(testCommit));

/** The 33 bytes per object of a part header. */
export function objectList(objects: PartSpec['objects']): Uint8Array {
  return Uint8Array.from(objects.flatMap(([type, checksum]) => [type, ...checksumToBytes(checksum)]));
}

/** A superblock around parts. */
export function buildSuperblock(spec: SuperblockSpec): Uint8Array {
  const { from = new Uint8Array(0), to = checksumToBytes(testTarget), commit = testCommit, endianness = 'l' } = spec;
  const commitType = codec('(a{sv}aya(say)sstayay)');
  const swap = (value: bigint): bigint => (endianness === 'B' ? swap64(value) : value);
  const metadata: [string, Variant][] = [...(spec.metadata ?? [])];
  if (endianness !== null) metadata.push(['ostree.endianness', variant('y', endianness.charCodeAt(0))]);
  const headers = spec.parts.map(
    ({ bytes, objects, usize, version = 0 }): [number, Uint8Array, bigint, bigint, Uint8Array] => [
      endianness === 'B' ? Number(swap64(BigInt(version)) >> 32n) : version,
      checksumToBytes(nodeHash.sha256(bytes)),
      swap(BigInt(bytes.length)),
      swap(BigInt(usize)),
      objectList(objects),
    ],
  );
  return codec('(a{sv}tayay(a{sv}aya(say)sstayay)aya(uayttay)a(yaytt))').encode([
    metadata,
    swap64(1234n),
    from,
    to,
    commitType.decode(encodeCommit(commit)),
    new Uint8Array(0),
    headers,
    spec.fallbacks ?? [],
  ]);
}

/** The checksum of a regular file with mode 0644 that belongs to root. */
export function fileChecksum(content: Uint8Array, mode = 0o100644): Checksum {
  const header = encodeFileHeader({ uid: 0, gid: 0, mode, symlinkTarget: '', xattrs: [] });
  return nodeHash.sha256(header, content);
}

/** A bsdiff record: three sign-magnitude numbers and its bytes. */
export function record(
  add: number[],
  copy: number[],
  seek: number,
  lengths: [number, number] = [add.length, copy.length],
): number[] {
  return [...signed(lengths[0]), ...signed(lengths[1]), ...signed(seek), ...add, ...copy];
}

function signed(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.abs(value)), true);
  if (value < 0) bytes[7] = (bytes[7] as number) | 0x80;
  return [...bytes];
}
