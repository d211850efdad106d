import { applyPart, type DELTA_LIMITS, encodeXz, parseSuperblock } from '@ost/deltas';
import { type Checksum, checksumToBytes, encodeFileHeader } from '@ost/objects';
import { expect } from 'vitest';
import type { PartSpec, PayloadSpec } from './builder.js';
import { buildSuperblock, emptyTree, fileChecksum, plainPart, record } from './builder.js';
import { MemoryStore, type StoreOptions } from './memory-store.js';
import { nodeHash } from './ostree.js';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const oldContent: Uint8Array = text('0123456789');
export const oldFile: Checksum = fileChecksum(oldContent);
export const blob: Uint8Array = new Uint8Array([
  ...text('hello'),
  ...emptyTree,
  ...checksumToBytes(oldFile),
  ...record([0, 1, 0], [88, 89], 0),
]);
export const TREE: number = 5;
export const CSUM: number = TREE + emptyTree.length;
export const PATCH: number = CSUM + 32;
export const PATCH_LENGTH: number = 24 + 5;
export const hello: Checksum = fileChecksum(text('hello'));
export const tree: Checksum = nodeHash.sha256(emptyTree);
export const patched: Uint8Array = text('022XY');

/** A store that has the old file. */
export function store(options: StoreOptions = {}): MemoryStore {
  const result = new MemoryStore(options);
  const header = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };
  result.files.set(oldFile, { header, content: oldContent });
  return result;
}

export interface Case extends Omit<PayloadSpec, 'operations'> {
  objects: PartSpec['objects'];
  operations: Uint8Array;
  usize?: number;
  into?: MemoryStore;
  limits?: Partial<typeof DELTA_LIMITS>;
}

/** Applies a part that consists of these operations, and checks what became of the store whatever happens. */
export async function run({ objects, usize = 1000, into = store(), limits = {}, ...spec }: Case): Promise<MemoryStore> {
  await apply(plainPart({ blob, ...spec }), { objects, usize, into, limits });
  return into;
}

/** The same with a compressed part, which goes through a scratch file. */
export async function runPacked({ objects, usize = 1000, limits = {}, ...spec }: Case): Promise<MemoryStore> {
  const into = store({ scratch: true });
  const payload = plainPart({ blob, ...spec }).subarray(1);
  const bytes = Uint8Array.from([0x78, ...(await encodeXz(payload, { preset: 0 }))]);
  try {
    await apply(bytes, { objects, usize, into, limits });
  } finally {
    expect(into.scratchFiles).toEqual({ made: 1, open: 0 });
  }
  return into;
}

async function apply(
  bytes: Uint8Array,
  { objects, usize, into, limits }: Required<Pick<Case, 'objects' | 'usize' | 'into' | 'limits'>>,
): Promise<void> {
  const delta = parseSuperblock(buildSuperblock({ parts: [{ bytes, objects, usize }] }), { hash: nodeHash });
  try {
    await applyPart(bytes, delta.parts[0] as never, into, { hash: nodeHash, limits });
  } finally {
    expect(into.openSources + into.sinks).toBe(0);
    for (const [checksum, { header, content }] of into.files) {
      expect(nodeHash.sha256(encodeFileHeader(header), content)).toBe(checksum);
    }
    for (const [name, content] of into.metadata) expect(name).toContain(nodeHash.sha256(content));
  }
}

export const file = (content: Uint8Array): readonly [number, Checksum] => [1, fileChecksum(content)];

export const one: PartSpec['objects'] = [[1, hello]];

/** A number that no size or offset is. */
export const huge: number = 2 ** 52;
