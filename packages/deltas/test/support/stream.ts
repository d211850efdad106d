import { applyPart, parseSuperblock } from '@ost/deltas';
import { checksumToBytes } from '@ost/objects';
import { buildSuperblock, fileChecksum, ops, plainPart } from './builder.js';
import { MemoryStore } from './memory-store.js';
import { nodeHash } from './ostree.js';

const header = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: [] };

/** Applies a bsdiff stream the way a delta does, as one file of one part; returns what the store was given. */
export async function applyStream(
  old: Uint8Array,
  next: Uint8Array,
  patch: Uint8Array,
  stream = false,
): Promise<Uint8Array | undefined> {
  const source = fileChecksum(old);
  const blob = Buffer.concat([checksumToBytes(source), patch]);
  const operations = ops('r', 0, 'o', 0, 0, next.length, 'B', 32, patch.length, 'c');
  const part = plainPart({ blob, operations });
  const target = fileChecksum(next);
  const spec = { bytes: part, objects: [[1, target]] as const, usize: next.length };
  const delta = parseSuperblock(buildSuperblock({ parts: [spec] }), { hash: nodeHash });
  const store = new MemoryStore({ async: stream });
  store.files.set(source, { header, content: old });
  const limits = stream ? { wholeFileSize: 0 } : {};
  await applyPart(part, delta.parts[0] as never, store, { hash: nodeHash, limits });
  return store.files.get(target)?.content;
}
